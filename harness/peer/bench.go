package peer

import (
	"context"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/network"
	"socketkata/harness/slow"
	"socketkata/harness/wire"
)

// A Bench is where one script meets one subject in one arena.
type Bench struct {
	t       *testing.T
	arena   Arena
	net     network.Network
	packets *network.Packets // nil until the script uses datagrams
	out     *outside         // the subject, if it is in another process
	pkg     string           // import path of the subject
	head    failure.Failure  // what every failure of this script begins with

	ctx       context.Context
	hangUp    context.CancelFunc
	started   time.Time
	wire      *wire.Log
	before    map[uint64]bool // goroutines that were there before
	fds       leak.DescriptorSet
	seed      uint64
	seeded    bool // the script used random input
	hosts     []*Host
	pairs     []net.Conn          // the subject's ends of pairs
	folder    *network.Unix       // of Unix sockets; nil until the script uses some
	handedFDs []handedFD          // descriptors that the subject got
	gotFiles  []*os.File          // that the subject handed over
	held      []*network.Listener // to be released at the end
	failed    bool
	own       sync.WaitGroup // the bench's own goroutines
	record    recorder

	lastResult *call // whose error the script has asked for last

	mu          sync.Mutex // guards what is below, and every peer's inbox
	cond        *sync.Cond // something changed: bytes came, a call returned
	calls       []*call
	peers       []*Peer
	datagrams   int64 // that were sent by the script or received
	packetPeers []*PacketPeer
	packetConns []net.PacketConn // those of the packet peers and the subject's
	listeners   []net.Listener
	accepted    []accepted // conns the subject got from the bench's listeners
	spin        *spin
	spinner     uint64 // the goroutine of the subject that never waits, if the script failed for that

	remoteCalls map[uint64]string // names of calls in the subject's process, by goroutine
}

func newBench(t *testing.T, arena Arena, head failure.Failure, pkg string, before map[uint64]bool) *Bench {
	b := &Bench{t: t, arena: arena, head: head, pkg: pkg, before: before, seed: seed(), started: time.Now(), net: networkOf(arena)}
	if arena == Process {
		b.out = startOutside(t)
	}
	b.cond = sync.NewCond(&b.mu)
	b.ctx, b.hangUp = context.WithCancel(context.Background())
	b.wire = wire.NewLog(func() time.Duration { return time.Since(b.started) })
	if arena == Loopback || arena == Process {
		warmUp()
		b.fds = b.descriptors()
	}
	b.watchProcess()
	b.record.begin(b)
	return b
}

// warmUp makes the runtime open the descriptors it keeps for itself.
func warmUp() {
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close()
	}
}

// play runs the script, then hangs up and checks what the subject left.
func (b *Bench) play(script func(b *Bench)) {
	defer b.endWithSpinner()
	defer b.out.end(b.t)
	defer b.record.write()
	defer b.removeFolder()
	defer b.closePairs()
	defer b.hangUpEverywhere()
	script(b)
	b.hangUpEverywhere()
	b.expectNothingLeft()
	b.record.kept.Passed = true
}

// Context is done as soon as the script is through, before the bench checks
// that the subject let go of everything.
func (b *Bench) Context() context.Context { return b.ctx }

// Helper is testing.T.Helper.
func (b *Bench) Helper() { b.t.Helper() }

// Elapsed returns the time since the script began. It is exact in [Virtual].
func (b *Bench) Elapsed() time.Duration { return time.Since(b.started) }

// Advance lets virtual time pass: timers that fall due in between fire, each
// at its time, and all that follows from them has happened when Advance
// returns. It is for [Virtual] alone.
func (b *Bench) Advance(d time.Duration) {
	b.onlyVirtual("Advance")
	time.Sleep(d)
	synctest.Wait()
}

// Settle waits until every goroutine of the script, the subject's and the
// bench's, waits for something: nothing more will happen unless a peer acts or
// time passes. It is for [Virtual] alone.
func (b *Bench) Settle() {
	b.onlyVirtual("Settle")
	synctest.Wait()
}

// Note puts a row of its own into the drawing of the conversation, for what
// happens beside it: "ctx ends".
func (b *Bench) Note(what string) {
	b.mu.Lock()
	conn := ""
	if n := len(b.peers); n > 0 {
		conn = b.peers[n-1].name
	}
	b.mu.Unlock()
	b.wire.Add(conn, wire.Harness, wire.Note, []byte(what))
}

func (b *Bench) onlyVirtual(verb string) {
	b.t.Helper()
	if b.arena != Virtual {
		b.t.Fatalf("harness: %s needs peer.Virtual; this script runs in %s", verb, b.arena)
	}
}

// Rand returns a source of random input. Its seed comes with every failure of
// the script, as the command that repeats it.
func (b *Bench) Rand() *rand.Rand {
	b.seeded = true
	return rand.New(rand.NewPCG(b.seed, 0))
}

// seed returns the seed for random input, from KATA_SEED if it is set.
func seed() uint64 {
	if s, err := strconv.ParseUint(os.Getenv("KATA_SEED"), 10, 64); err == nil {
		return s
	}
	return rand.Uint64N(1_000_000)
}

// Still reports whether failures leave out what differs from run to run.
func still() bool { return os.Getenv("KATA_STILL") == "1" }

// Time limits. They end a wait that would never end, and say so; none of
// them measures the subject. They nest: step < script < go test -timeout.
const (
	stepLimit   = 5 * time.Second
	scriptLimit = 60 * time.Second
	// Virtual time costs nothing, so a step may wait for any timer, and the
	// script as a whole is quick by the clock on the wall.
	virtualStepLimit = time.Hour
	virtualLimit     = 30 * time.Second
)

// stepLimit returns how long one step waits in the bench's arena.
func (b *Bench) stepLimit() time.Duration {
	if b.arena == Virtual {
		return virtualStepLimit
	}
	return slow.Stretch(stepLimit)
}
