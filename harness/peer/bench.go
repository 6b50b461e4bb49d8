package peer

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/network"
	"socketkata/harness/record"
	"socketkata/harness/subject"
	"socketkata/harness/tell"
	"socketkata/harness/wait"
	"socketkata/harness/wire"
)

// A Bench is where one script meets one subject in one arena.
type Bench struct {
	t        *testing.T
	arena    Arena
	net      network.Network
	packets  *network.Packets // nil until the script uses datagrams
	subject  *subject.Subject
	talk     *endpoint.Conversation
	waiter   *wait.Waiter
	recorder *record.Recorder
	head     failure.Failure // what every failure of this script begins with

	ctx     context.Context
	cancel  context.CancelFunc
	started time.Time
	fds     leak.DescriptorSet // that were open before
	seed    uint64
	seeded  bool // the script used random input
	hosts   []*Host
	lent    []io.Closer         // what the subject got and need not close: ends of pairs
	folder  *network.Unix       // of Unix sockets; nil until the script uses some
	held    []*network.Listener // to be released at the end
	failed  *failure.Failure    // the first failure; nil as long as there is none
	spinner uint64              // the goroutine that is busy-looping, if the script failed for that
	own     sync.WaitGroup      // the goroutines of hosts

	named string // what the next Serve starts, if the script says so

	mu          sync.Mutex       // of changed
	changed     *sync.Cond       // bytes came, a call returned: whatever a step may wait for
	packetConns []net.PacketConn // the script's and the subject's
	listeners   []io.Closer
}

func newBench(t *testing.T, arena Arena, head failure.Failure, pkg string, before map[uint64]bool) *Bench {
	b := &Bench{t: t, arena: arena, head: head, seed: seed(), started: time.Now(), net: networkOf(arena)}
	b.changed = sync.NewCond(&b.mu)
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.subject = subject.Here(pkg, before, b.changed)
	if arena == Process {
		away, err := subject.Away(pkg, StartSubject, b.changed)
		if err != nil {
			t.Fatalf("harness: %v", err)
		}
		b.subject = away
	}
	var count func([]byte) (int, []byte)
	if !b.subject.IsAway() {
		count = b.subject.Count
	}
	b.talk = &endpoint.Conversation{Changed: b.changed, Still: wait.Still(), Accepted: b.subject.AcceptedFrom,
		CountOne: func() { b.recorder.Read() },
		Log:      wire.NewLog(func() time.Duration { return time.Since(b.started) })}
	b.waiter = &wait.Waiter{Subject: b.subject, Changed: b.changed, Traffic: b.talk.Traffic, Virtual: arena == Virtual}
	if arena == Loopback || arena == Process {
		network.WarmUp()
		b.fds = b.subject.Descriptors()
	}
	b.recorder = record.NewRecorder(record.Record{Requirement: head.Requirement, Sentence: head.Sentence, Arena: string(arena)}, pkg, count)
	return b
}

// play runs the script, then closes everything and checks what the subject
// left.
func (b *Bench) play(script func(b *Bench)) {
	defer b.endWithSpinner()
	defer func() { tell.Printed(b.t, b.subject.End()) }()
	defer b.saveRecord()
	defer b.removeFolder()
	defer b.closeLent()
	defer b.tearDown()
	script(b)
	b.tearDown()
	b.expectNothingLeft()
	b.recorder.Set(func(r *record.Record) { r.Passed = true })
}

// Context is done as soon as the script has ended, before the bench checks that
// the subject released everything.
func (b *Bench) Context() context.Context { return b.ctx }

// Helper is testing.T.Helper.
func (b *Bench) Helper() { b.t.Helper() }

// Elapsed returns the time since the script began. It is exact in [Virtual].
func (b *Bench) Elapsed() time.Duration { return time.Since(b.started) }

// Advance lets virtual time pass: timers that fall due in between fire, each
// at its time, and all that follows from them has happened when Advance
// returns. It needs [Virtual].
func (b *Bench) Advance(d time.Duration) {
	b.onlyVirtual("Advance")
	time.Sleep(d)
	synctest.Wait()
}

// Settle waits until every goroutine of the script, the subject's and the
// bench's, waits for something: nothing more will happen unless a peer acts or
// time passes. It needs [Virtual].
func (b *Bench) Settle() {
	b.onlyVirtual("Settle")
	synctest.Wait()
}

// Note adds a row to the drawing of the conversation, for what happens beside
// it: "ctx is canceled".
func (b *Bench) Note(what string) { b.talk.Note(what) }

func (b *Bench) onlyVirtual(verb string) {
	b.t.Helper()
	if b.arena != Virtual {
		b.t.Fatalf("harness: %s needs peer.Virtual; this script runs in %s", verb, b.arena)
	}
}

// Rand returns a source of random input. A failure of the script names its seed,
// in the command that repeats it.
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

// Inside says that the script looks into the subject's process, at its
// goroutines, threads or memory, so that it cannot be played against another
// process. The reason is the line that the reader sees.
func (b *Bench) Inside(reason string) {
	b.t.Helper()
	if b.subject.IsAway() {
		b.Skip(reason)
	}
}

// notAt ends the script if the subject is only an address: what the script asks
// for next cannot be seen or done from there.
func (b *Bench) notAt(format string, args ...any) {
	b.t.Helper()
	if b.subject.IsAddress() {
		b.Skip(fmt.Sprintf(format, args...))
	}
}

// Skip ends the script: this machine lacks what it needs. The reason is the
// one line that the learner sees.
func (b *Bench) Skip(reason string) {
	b.t.Helper()
	b.recorder.Set(func(r *record.Record) { r.Skipped = reason })
	tell.Skip(b.t, reason)
}
