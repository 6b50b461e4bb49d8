package concurrent_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/peer"
)

// disorder is what talk panics with: any text, "%" included.
const disorder = "no such order: 100% of it"

// talk is a handler that sends every line back. The line "bye" makes it
// return, the line "panic" makes it panic. It stops when its context has
// ended, as a polite handler does.
func talk(ctx context.Context, c net.Conn) {
	lines := bufio.NewScanner(c)
	for lines.Scan() && ctx.Err() == nil {
		switch lines.Text() {
		case "bye":
			return
		case "panic":
			panic(disorder)
		}
		io.WriteString(c, lines.Text()+"\n")
	}
}

// A stubborn handler talks, closes its conn itself and stays until its context
// has ended, which it tells, and then until it may go.
type stubborn struct {
	told atomic.Int64
	goes chan struct{}
}

func (s *stubborn) handlerFor(b *peer.Bench) func(context.Context, net.Conn) {
	return func(ctx context.Context, c net.Conn) {
		talk(ctx, c) // blocked in Read until the conn is closed
		c.Close()
		select {
		case <-ctx.Done():
			s.told.Add(1)
		case <-b.Context().Done(): // the script is over
		}
		select {
		case <-s.goes:
		case <-b.Context().Done():
		}
	}
}

// orders are what a client can make a handler do, by the line it sends.
type orders map[string]func(ctx context.Context) error

// errSilent is what an order returns after which there is nothing to say.
var errSilent = errors.New("no answer")

// obey makes a handler that carries the orders out and says how they went.
func obey(o orders) func(context.Context, net.Conn) {
	return func(ctx context.Context, c net.Conn) {
		lines := bufio.NewScanner(c)
		for lines.Scan() {
			answer := "done"
			switch err := o[lines.Text()](ctx); {
			case err == errSilent:
				return
			case errors.Is(err, context.DeadlineExceeded):
				answer = "gave up"
			case err != nil:
				answer = err.Error()
			}
			io.WriteString(c, answer+"\n")
		}
	}
}

// shutdownWithin is an order to shut srv down with a context that is made from
// the handler's and ends after d.
func shutdownWithin(srv *concurrent.Server, d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return srv.Shutdown(ctx)
	}
}

// start starts a method of the server that returns nothing but an error.
func start(b *peer.Bench, name string, call func() error) *peer.Call[struct{}] {
	return peer.Start(b, name, func() (struct{}, error) { return struct{}{}, call() })
}

// shutdown starts Shutdown.
func shutdown(b *peer.Bench, srv *concurrent.Server, ctx context.Context) *peer.Call[struct{}] {
	return start(b, "Shutdown", func() error { return srv.Shutdown(ctx) })
}

// over returns a context that has ended already.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// A watchedContext notices when somebody has found that it has not ended: then
// the wait has begun.
type watchedContext struct {
	context.Context
	looked atomic.Bool
}

func watch(ctx context.Context) *watchedContext { return &watchedContext{Context: ctx} }

func (c *watchedContext) Done() <-chan struct{} {
	c.looked.Store(true)
	return c.Context.Done()
}

func (c *watchedContext) Err() error {
	defer c.looked.Store(true)
	return c.Context.Err()
}

// An ending is a way to end a server.
type ending struct {
	name string
	call func(*concurrent.Server) error
}

// shutdownIn returns Shutdown with all the time of the script.
func shutdownIn(b *peer.Bench) func(*concurrent.Server) error {
	return func(srv *concurrent.Server) error { return srv.Shutdown(b.Context()) }
}

// errListener is how a listener fails that has lost its network interface.
var errListener = errors.New("network is down")

// A timetable notes when Accept is called. It is for virtual time.
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

// pauses returns the times between the first n calls and the ones after them.
func (t *timetable) pauses(n int) []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	pauses := make([]time.Duration, n)
	for i := range pauses {
		pauses[i] = t.calls[i+1].Sub(t.calls[i])
	}
	return pauses
}

// A slowListener keeps what it accepts to itself until it is opened, like a
// goroutine that is not scheduled between Accept and the next line.
type slowListener struct {
	net.Listener
	open chan struct{}
}

func (l *slowListener) wrap(ln net.Listener) net.Listener {
	l.Listener = ln
	return l
}

func (l *slowListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	<-l.open
	return c, err
}

// A logbook takes what a server logs.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.text, format+"\n", args...)
}

func (l *logbook) contains(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

// A census counts conns that somebody still holds in memory.
type census struct {
	mu    sync.Mutex
	conns []weak.Pointer[countedConn]
}

type countedConn struct{ net.Conn }

// count wraps a conn so that the server alone holds the wrapper.
func (s *census) count(c net.Conn) net.Conn {
	counted := &countedConn{c}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, weak.Make(counted))
	return counted
}

// held returns how many conns the garbage collector finds in use.
func (s *census) held() int {
	for range 3 { // a sync.Pool, for one, lets go at the second collection
		runtime.GC()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	held := 0
	for _, c := range s.conns {
		if c.Value() != nil {
			held++
		}
	}
	return held
}
