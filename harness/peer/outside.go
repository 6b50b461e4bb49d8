package peer

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/network"
	"socketkata/harness/traceback"
)

// Process is real TCP sockets on 127.0.0.1 and a subject in another process.
// No test names it: it takes the place of the others when a judge asks for it,
// and plays what is written for [Loopback].
const Process Arena = failure.Process

// The environment of a judge that wants [Process]: "process" or "address", and
// which.
const (
	arenaVariable   = "KATA_ARENA"
	subjectVariable = "KATA_SUBJECT"
	addressVariable = "KATA_ADDRESS"
)

// chosen returns the arenas to play in, and why the script cannot be played
// where the judge wants it, if so.
func chosen(arenas []Arena) ([]Arena, string) {
	if os.Getenv(arenaVariable) == "" {
		return arenas, ""
	}
	if !slices.Contains(arenas, Loopback) {
		return []Arena{Process}, "it is played in memory or in virtual time, which no other process can share"
	}
	return []Arena{Process}, ""
}

// A Subject is the candidate's program in a process of its own, as package
// remote starts it.
type Subject interface {
	Kill()                 // ends it and waits until it is gone
	Gone() <-chan struct{} // closed when it has ended
	Died() string          // how it ended
	Output() string        // what it printed
	Goroutines() (all []traceback.Goroutine, calls map[uint64]string)
	Descriptors() leak.DescriptorSet // nil where they are not known
	CollectGarbage()
	CPUTime() time.Duration
	CloseOnExec(fd int) (set, known bool) // of a descriptor that it returned, as it was there
}

// StartSubject starts the candidate's program. The generated package that
// takes the candidate's place sets it. So a learner's test does not link what
// only [Process] needs.
var StartSubject func(program string) (Subject, error)

// An outside is a subject in another process: one that the bench started, or,
// if process is nil, whatever listens at the address.
type outside struct {
	process Subject
	addr    string
}

func startOutside(t *testing.T) *outside {
	t.Helper()
	if os.Getenv(arenaVariable) == "address" {
		return &outside{addr: os.Getenv(addressVariable)}
	}
	if StartSubject == nil {
		t.Fatalf("harness: %s=process is for a judge, which puts the candidate into a program of its own; unset it", arenaVariable)
	}
	p, err := StartSubject(os.Getenv(subjectVariable))
	if err != nil {
		t.Fatalf("harness: %v", err)
	}
	return &outside{process: p}
}

// watchProcess wakes the script when the subject's process ends.
func (b *Bench) watchProcess() {
	if b.out != nil && b.out.process != nil {
		go func() {
			<-b.out.process.Gone()
			b.broadcast()
		}()
	}
}

// end ends the subject's process and tells the judge what it printed.
func (o *outside) end(t *testing.T) {
	if o != nil && o.process != nil {
		o.process.Kill()
		printed, _, _ := traceback.FindCrash(o.process.Output())
		tellPrinted(t, printed)
	}
}

// at reports whether all that is known of the subject is an address.
func (b *Bench) at() bool { return b.out != nil && b.out.process == nil }

// Inside says that the script looks into the subject's process, at its
// goroutines, threads or memory, so that it cannot be played against another
// one. The reason is the line that tells of it.
func (b *Bench) Inside(reason string) {
	b.t.Helper()
	if b.out != nil {
		b.Skip(reason)
	}
}

// beyond ends the script where the subject is only an address: what it asks
// for next cannot be seen or done from there.
func (b *Bench) beyond(format string, args ...any) {
	b.t.Helper()
	if b.at() {
		b.Skip(fmt.Sprintf(format, args...))
	}
}

// serveAt is Serve for whatever listens at the address.
func (b *Bench) serveAt(serve any, wrapped bool) *Server {
	b.t.Helper()
	if wrapped {
		b.beyond("it needs a listener or conns that misbehave, which only the server's own process could have")
	}
	if !b.isSubjects(serve) {
		b.beyond("the test gives the server functions of its own, which a server at an address does not have")
	}
	addr, err := net.ResolveTCPAddr("tcp", b.out.addr)
	if err != nil {
		b.t.Fatalf("harness: %v", err)
	}
	return &Server{bench: b, dial: dialer(addr), addr: addr, close: func() error { return nil }, raw: true}
}

// isSubjects reports whether f is a plain function of the subject's package.
func (b *Bench) isSubjects(f any) bool {
	rest, ok := strings.CutPrefix(runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name(), b.pkg+".")
	return ok && !strings.Contains(rest, ".")
}

// gone reports whether the subject's process has ended.
func (o *outside) gone() bool {
	if o == nil || o.process == nil {
		return false
	}
	select {
	case <-o.process.Gone():
		return true
	default:
		return false
	}
}

// died tells how the subject's process ended, in place of what a step missed.
func (b *Bench) died(f *failure.Failure) {
	_, crash, _ := traceback.FindCrash(b.out.process.Output())
	if strings.HasPrefix(crash.Message, "panic: ") {
		f.Symptom, f.Got, f.Code = failure.Panic, crash.Message, []string{"your code panicked"}
		if at, ok := crash.Innermost(b.pkg); ok {
			f.Code[0] += " at " + at.Place()
		}
		return
	}
	f.Symptom, f.Code = failure.Exit, nil
	f.Got = "the process of your code ended: " + cmp.Or(crash.Message, b.out.process.Died())
}

// expectNoRace reads what the race detector printed in the subject's process.
func (b *Bench) expectNoRace() {
	b.t.Helper()
	if b.out == nil || b.out.process == nil || !strings.Contains(b.out.process.Output(), "WARNING: DATA RACE") {
		return
	}
	b.fail("no two goroutines access the same memory without synchronization", outcome{
		symptom: failure.Race, got: "the race detector reported a data race", want: "none",
	})
}

// descriptors lists what the subject's process has open; nil where that is
// not known.
func (b *Bench) descriptors() leak.DescriptorSet {
	switch {
	case b.at():
		return nil
	case b.out != nil:
		return b.out.process.Descriptors()
	}
	set, _ := leak.Descriptors()
	return set
}

// collectGarbage runs the garbage collector in the subject's process.
func (b *Bench) collectGarbage() {
	if b.out != nil {
		b.out.process.CollectGarbage()
		return
	}
	runtime.GC()
}

// A handed listener is one whose descriptor the subject's process gets. It is
// a remote.Shared.
type handed struct{ *keeper }

// File returns a duplicate of the descriptor.
func (h handed) File() (*os.File, error) {
	ln, ok := h.Listener.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("a %T has no descriptor", h.Listener)
	}
	return ln.File()
}

// OnClose registers what Close calls at the end.
func (h handed) OnClose(f func()) {
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	h.onClose = append(h.onClose, f)
}

// toSubject returns the listener as the subject gets it.
func (b *Bench) toSubject(k *keeper) net.Listener {
	if b.out == nil {
		return k
	}
	network.LimitListener(k.Listener)
	return handed{k}
}
