package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestAcceptErrorPasses_R7(t *testing.T) {
	peer.Run(t, "R7: a transient Accept error costs a short pause, not the server", func(b *peer.Bench) {
		calls, log := new(timetable), new(logbook)
		trouble := fault.FailAccept(fault.TooManyFiles(), fault.Aborted(), fault.SystemFull())
		srv := &concurrent.Server{Handler: talk, Logf: log.printf}
		client := b.Dial(b.Serve(srv.Serve, trouble, calls.ofAccept))
		client.Send("hello\n")
		client.Expect("the client is served once Accept works again", "hello\n")
		pauses := calls.pauses(3)
		b.AtLeast("every transient error is followed by a pause", slices.Min(pauses), 5*time.Millisecond)
		b.AtMost("no pause is longer than a second", slices.Max(pauses), time.Second)
		log.expect(b, "Logf logs that there are too many open files", textOf(fault.TooManyFiles()))
		log.expect(b, "Logf logs that a client aborted", textOf(fault.Aborted()))
		for _, shape := range shapes {
			client := b.Dial(b.Serve(srv.Serve, trouble, shape.ofErrors))
			client.Send("hello\n")
			client.Expect("EMFILE, ECONNABORTED and ENFILE are transient even as "+shape.name, "hello\n")
		}
	}, peer.Virtual)
}

func TestAcceptKeepsFailing_R8(t *testing.T) {
	peer.Run(t, "R8: pauses grow to at most a second and reset after a success", func(b *peer.Bench) {
		calls := new(timetable)
		full, aborted := fault.TooManyFiles(), fault.Aborted()
		trouble := slices.Repeat([]error{full, full, aborted, aborted}, 25) // a doubled number of ns overflows at 42
		trouble = append(trouble, nil, fault.TooManyFiles())
		log := new(logbook)
		srv := &concurrent.Server{Handler: talk, Logf: log.printf}
		server := b.Serve(srv.Serve, fault.FailAccept(trouble...), calls.ofAccept)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client is served after 100 failed Accepts", "hello\n")
		took := b.Elapsed()
		b.Settle()
		b.AtLeast("Logf logs each of 100 failed Accepts", log.count(textOf(full))+log.count(textOf(aborted)), 100)
		pauses := calls.pauses(100)
		b.AtLeast("the pauses grow while Accept keeps failing", calls.until(40), 10*time.Second)
		b.AtMost("no pause is longer than a second", slices.Max(pauses), time.Second)
		b.AtLeast("no pause is shorter than 5 ms", slices.Min(pauses), 5*time.Millisecond)
		next := b.Dial(server)
		next.Send("me too\n")
		next.Expect("the next client is served after one more failed Accept", "me too\n")
		b.AtMost("after a success the pauses start short again", b.Elapsed()-took, 100*time.Millisecond)
		b.Serve(srv.Serve, fault.FailAccept(slices.Repeat([]error{fault.TooManyFiles()}, 40)...))
		b.Advance(20 * time.Second)
		began := b.Elapsed()
		other := b.Dial(b.Serve(srv.Serve, fault.FailAccept(fault.TooManyFiles())))
		other.Send("me too\n")
		other.Expect("another listener's first pause is short", "me too\n")
		b.AtMost("each listener has its own pauses", b.Elapsed()-began, 100*time.Millisecond)
		last, waiting := pausesOfOneSlot(b)
		b.AtMost("a success resets the pauses even if its client takes the last slot", last, 100*time.Millisecond)
		b.AtMost("a success resets the pauses even if its client has to wait for a slot", waiting, 100*time.Millisecond)
	}, peer.Virtual)
}

// pausesOfOneSlot lets clients compete for one slot while Accept fails ten times
// before each of them. It returns the first pauses after the success whose
// client took the slot and after the one whose client had to wait for it.
func pausesOfOneSlot(b *peer.Bench) (last, waiting time.Duration) {
	calls := new(timetable)
	failures := slices.Repeat([]error{fault.TooManyFiles()}, 10)
	trouble := slices.Concat(failures, []error{nil}, failures, []error{nil}, failures)
	srv := &concurrent.Server{Handler: talk, MaxConns: 1, Logf: new(logbook).printf}
	server := b.Serve(srv.Serve, fault.FailAccept(trouble...), calls.ofAccept)
	first, second := b.Dial(server), b.Dial(server)
	first.Send("hello\n")
	first.Expect("the first client gets the only slot", "hello\n")
	b.Advance(20 * time.Second) // Accept may return the second client meanwhile
	first.Send("bye\n")
	second.Send("hello\n")
	second.Expect("the second client gets the free slot", "hello\n")
	second.Send("bye\n")
	third := b.Dial(server)
	third.Send("hello\n")
	third.Expect("the third client gets the free slot", "hello\n")
	pauses := calls.pauses(32)
	return pauses[11], pauses[22]
}

func TestAcceptFails_R9(t *testing.T) {
	peer.Run(t, "R9: Serve returns any other Accept error", func(b *peer.Bench) {
		var begun atomic.Bool
		srv := &concurrent.Server{Handler: func(ctx context.Context, c net.Conn) {
			begun.Store(true)
			talk(ctx, c)
		}}
		broken := b.Serve(srv.Serve, fault.FailAccept(errListener))
		err := broken.Result("Serve returns when its listener fails")
		b.ErrorIs("Serve returns the error of Accept", err, errListener)
		broken.ExpectRefused("Serve closes its listener before it returns")
		failing := b.Serve(srv.Serve, fault.FailAccept(nil, errListener))
		early := b.Dial(failing)
		b.Until("the handler of its client runs", begun.Load)
		server := b.Serve(srv.Serve)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the server still serves another listener", "hello\n")
		client.Send("bye\n")
		client.ExpectEOF("the server closes the conn after the handler returned")
		server.Close()
		err = server.Result("Serve returns when its listener is closed directly")
		b.ErrorIs("Serve returns the error of Accept", err, net.ErrClosed)
		b.Equal("errors.Is finds ErrServerClosed only after Shutdown or Close", false, errors.Is(err, concurrent.ErrServerClosed))
		early.Send("still here\n")
		early.Expect("a listener that fails leaves the handlers of its clients alone", "still here\n")
		b.Until("the server is at rest", b.AtRest)
		_, err = start(b, "Close", srv.Close).Result("Close returns")
		b.NoError("Close returns nil even if no listener is open", err)
		early.ExpectClosed("Close closes the conns of a listener that failed as well")
		handler, leave := staying(b)
		srv = &concurrent.Server{Handler: handler}
		alone := b.Serve(srv.Serve, fault.FailAccept(nil, errListener))
		last := b.Dial(alone)
		last.Send("hello\n")
		last.Expect("the client is served, although its listener has failed", "hello\n")
		b.Until("the server is at rest", b.AtRest)
		_, err = shutdown(b, srv, done()).Result("Shutdown gives up once its context is done")
		b.ErrorIs("Shutdown waits for the handlers of a listener that failed as well", err, context.Canceled)
		leave()
		start(b, "Close", srv.Close).Result("Close returns")
	})
}

// errListener is the error of a listener whose network interface is gone.
var errListener = errors.New("network is down")

// A timetable records when Accept is called. It needs virtual time.
type timetable struct {
	mu    sync.Mutex
	calls []time.Time
}

func (t *timetable) ofAccept(ln net.Listener) net.Listener { return &timedListener{ln, t} }

type timedListener struct {
	net.Listener
	table *timetable
}

func (l *timedListener) Accept() (net.Conn, error) {
	l.table.mu.Lock()
	l.table.calls = append(l.table.calls, time.Now())
	l.table.mu.Unlock()
	return l.Listener.Accept()
}

// until returns how long after the first call the one after n others came.
func (t *timetable) until(n int) (sum time.Duration) {
	for _, pause := range t.pauses(n) {
		sum += pause
	}
	return sum
}

// pauses returns the pauses after each of the first n calls.
func (t *timetable) pauses(n int) []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	pauses := make([]time.Duration, n)
	for i := range pauses {
		pauses[i] = t.calls[i+1].Sub(t.calls[i])
	}
	return pauses
}

// A shape is one way in which a listener may wrap the number of an error.
type shape struct {
	name string
	wrap func(syscall.Errno) error
}

var shapes = []shape{
	{"numbers alone", func(no syscall.Errno) error { return no }},
	{"errors of a system call", func(no syscall.Errno) error {
		return &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept", no)}
	}},
	{"errors wrapped by another package", func(no syscall.Errno) error {
		return fmt.Errorf("wait for a client: %w", &net.OpError{Op: "accept", Net: "tcp", Err: no})
	}},
	{"errors joined with others", func(no syscall.Errno) error { return errors.Join(errors.New("no client"), no) }},
}

func (s shape) ofErrors(ln net.Listener) net.Listener { return &shapedListener{ln, s} }

type shapedListener struct {
	net.Listener
	shape shape
}

func (l *shapedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	var number syscall.Errno
	if errors.As(err, &number) {
		err = l.shape.wrap(number)
	}
	return c, err
}
