package peer

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
	"socketkata/harness/network"
	"socketkata/harness/script"
	"socketkata/harness/subject"
	"socketkata/harness/tell"
)

// A Bench is where one script meets one subject in one arena.
type Bench struct {
	t       *testing.T
	arena   Arena
	net     network.Network
	packets *network.Packets // nil until the script uses datagrams
	subject *subject.Subject
	talk    *endpoint.Conversation
	run     *script.Script // below the verbs: waits, failures, the record

	ctx    context.Context
	cancel context.CancelFunc
	hosts  []*Host
	lent   []io.Closer         // what the subject got and need not close: ends of pairs
	folder *network.Unix       // of Unix sockets; nil until the script uses some
	held   []*network.Listener // to be released at the end
	own    sync.WaitGroup      // the goroutines of hosts

	named string // what the next Serve starts, if the script says so

	mu          sync.Mutex       // of changed
	changed     *sync.Cond       // bytes came, a call returned: whatever a step may wait for
	packetConns []net.PacketConn // the script's and the subject's
	listeners   []io.Closer
}

func newBench(t *testing.T, arena Arena, head failure.Failure, pkg string, before map[uint64]bool) *Bench {
	b := &Bench{t: t, arena: arena, net: networkOf(arena)}
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
	b.run = script.New(t, head, pkg, b.subject, b.changed)
	b.talk = b.run.Talk
	if arena == Loopback || arena == Process {
		network.WarmUp()
		b.run.NoteDescriptors()
	}
	return b
}

// play runs the script, then closes everything and checks what the subject
// left.
func (b *Bench) play(script func(b *Bench)) {
	defer b.run.EndWithSpinner()
	defer func() { tell.Printed(b.t, b.subject.End()) }()
	defer b.run.SaveRecord()
	defer b.removeFolder()
	defer b.closeLent()
	defer b.tearDown()
	script(b)
	b.tearDown()
	b.run.ExpectNothingLeft(b.closeLent)
	b.run.Pass()
}

// Context is done as soon as the script has ended, before the bench checks that
// the subject released everything.
func (b *Bench) Context() context.Context { return b.ctx }

// Helper is testing.T.Helper.
func (b *Bench) Helper() { b.t.Helper() }

// Elapsed returns the time since the script began. It is exact in [Virtual].
func (b *Bench) Elapsed() time.Duration { return b.run.Elapsed() }

// Advance lets virtual time pass: timers that fall due in between fire, each
// at its time, and all that follows from them has happened when Advance
// returns. It needs [Virtual].
func (b *Bench) Advance(d time.Duration) {
	b.onlyVirtual("Advance")
	time.Sleep(d)
	b.run.Settle()
}

// Settle waits until all other goroutines of the script wait: nothing more will
// happen unless a peer acts or time passes. It needs [Virtual].
func (b *Bench) Settle() {
	b.onlyVirtual("Settle")
	b.run.Settle()
}

// AllowLocks lets the script go on while a goroutine of the subject waits for a mutex.
func (b *Bench) AllowLocks() { b.run.AllowLocks() }

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
	b.run.Seeded()
	return rand.New(rand.NewPCG(b.run.Seed, 0))
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
	b.run.Skip(reason)
}
