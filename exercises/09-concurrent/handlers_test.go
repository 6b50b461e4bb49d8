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
	"syscall"
	"time"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/peer"
)

// disorder is what talk panics with. It contains "%" because a panic value may.
const disorder = "no such order: 100% of it"

// errDisorder is another value of a panic. Most panics are errors of the runtime.
var errDisorder = errors.New("order 5 of 3")

// talk is a handler that echoes lines. It returns at the line "bye", panics at
// the lines "panic" and "fail", and ends its goroutine at the line "exit". It
// also stops when its context is done, as handlers should.
func talk(ctx context.Context, c net.Conn) {
	lines := bufio.NewScanner(c)
	for lines.Scan() && ctx.Err() == nil {
		switch lines.Text() {
		case "bye":
			return
		case "panic":
			panic(disorder)
		case "fail":
			panic(errDisorder)
		case "exit":
			runtime.Goexit()
		}
		io.WriteString(c, lines.Text()+"\n")
	}
}

// A stubborn handler talks and closes its conn itself. Then it stays until its
// context is done, and after that until release is closed.
type stubborn struct {
	canceled atomic.Int64 // handlers whose context is done
	release  chan struct{}
}

func (s *stubborn) handlerFor(b *peer.Bench) func(context.Context, net.Conn) {
	return func(ctx context.Context, c net.Conn) {
		talk(ctx, c) // blocked in Read until the conn is closed
		c.Close()
		select {
		case <-ctx.Done():
			s.canceled.Add(1)
		case <-b.Context().Done(): // the script is over
		}
		select {
		case <-s.release:
		case <-b.Context().Done():
		}
	}
}

// staying returns a handler that talks, and stays until leave is called even if its
// conn is closed: how soon a handler notices that is chance.
func staying(b *peer.Bench) (handler func(context.Context, net.Conn), leave func()) {
	left, leave := context.WithCancel(b.Context())
	return func(ctx context.Context, c net.Conn) {
		talk(ctx, c)
		<-left.Done()
	}, leave
}

// orders maps a line that a client sends to what the handler then does.
type orders map[string]func(ctx context.Context) error

// obey returns a handler that carries out orders and answers with the results.
func obey(o orders) func(context.Context, net.Conn) {
	return func(ctx context.Context, c net.Conn) {
		lines := bufio.NewScanner(c)
		for lines.Scan() {
			answer := "done"
			switch err := o[lines.Text()](ctx); {
			case errors.Is(err, context.DeadlineExceeded):
				answer = "gave up"
			case err != nil:
				answer = err.Error()
			}
			io.WriteString(c, answer+"\n")
		}
	}
}

// shutdownWithin is an order to shut srv down with a context derived from the
// handler's that times out after d.
func shutdownWithin(srv *concurrent.Server, d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return srv.Shutdown(ctx)
	}
}

// start starts a method of the server that returns only an error.
func start(b *peer.Bench, name string, call func() error) *peer.Call[struct{}] {
	return peer.Start(b, name, func() (struct{}, error) { return struct{}{}, call() })
}

// shutdown starts srv.Shutdown.
func shutdown(b *peer.Bench, srv *concurrent.Server, ctx context.Context) *peer.Call[struct{}] {
	return start(b, "Shutdown", func() error { return srv.Shutdown(ctx) })
}

// givesUp calls Shutdown with a canceled copy of ctx and returns its error.
func givesUp(b *peer.Bench, srv *concurrent.Server, ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	_, err := shutdown(b, srv, ctx).Result("Shutdown gives up once its context is done")
	return err
}

// done returns a context that is already done.
func done() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// logThatEnds returns a server whose Logf ends it when it first logs text. The
// bool is true once the call has returned.
func logThatEnds(text string, end ending) (*concurrent.Server, *atomic.Bool) {
	var called, returned atomic.Bool
	srv := &concurrent.Server{Handler: talk}
	srv.Logf = func(format string, args ...any) {
		if strings.Contains(fmt.Sprintf(format, args...), text) && !called.Swap(true) {
			end.call(srv)
			returned.Store(true)
		}
	}
	return srv, &returned
}

// errExcuse is why somebody cancels a context. It is not the context's error.
var errExcuse = errors.New("the disk is full")

// A watchedContext records that it was checked: then the wait has begun.
type watchedContext struct {
	*peer.Context
	checked atomic.Bool
}

func watch(b *peer.Bench) *watchedContext { return &watchedContext{Context: b.CountingContext()} }

func (c *watchedContext) Done() <-chan struct{} {
	c.checked.Store(true)
	return c.Context.Done()
}

func (c *watchedContext) Err() error {
	defer c.checked.Store(true)
	return c.Context.Err()
}

// An ending is one way to end a server.
type ending struct {
	name string
	call func(*concurrent.Server) error
}

// endings returns both ways to end a server.
func endings(b *peer.Bench) []ending {
	return []ending{{"Shutdown", shutdownIn(b)}, {"Close", (*concurrent.Server).Close}}
}

// shutdownIn returns a call of Shutdown that may wait until the script ends.
func shutdownIn(b *peer.Bench) func(*concurrent.Server) error {
	return func(srv *concurrent.Server) error { return srv.Shutdown(b.Context()) }
}

// A logbook records what a server logs.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.text, format+"\n", args...)
}

// expect waits until text is logged.
func (l *logbook) expect(b *peer.Bench, reason, text string) {
	b.Helper()
	b.Until(reason, func() bool { return l.count(text) > 0 }, l.firstLine)
}

// count returns how often text was logged.
func (l *logbook) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// firstLine says how the log begins.
func (l *logbook) firstLine() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, _, _ := strings.Cut(l.text.String(), "\n")
	if line == "" {
		return "nothing was logged"
	}
	return fmt.Sprintf("the log begins with %q", line)
}

// textOf returns the system's text for the number in err.
func textOf(err error) string {
	var number syscall.Errno
	errors.As(err, &number)
	return number.Error()
}
