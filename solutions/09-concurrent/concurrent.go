// Package concurrent is a TCP server for any protocol: it accepts clients,
// runs a handler for each in a goroutine of its own, limits how many run at
// once, survives their panics, and ends at once or politely.
package concurrent

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("server closed")

// A Server runs Handler for every client. Its fields are set before its first
// method is called; a Server must not be copied after that. All methods may be
// called concurrently, by handlers too.
type Server struct {
	// Handler talks with one client. The server closes c when Handler has
	// returned, or has panicked, which ends that client's conn and nothing
	// else. ctx ends when Close is called. Shutdown leaves ctx and c alone.
	Handler func(ctx context.Context, c net.Conn)

	// MaxConns is how many handlers run at once at most, over all listeners;
	// 0 means any number. Further clients wait, accepted or not, until a
	// handler has returned.
	MaxConns int

	// Logf, if not nil, is told of each panic, with its value, and may be told
	// more. It may be called concurrently.
	Logf func(format string, args ...any)

	setUp    sync.Once
	ctx      context.Context    // of all handlers
	cancel   context.CancelFunc // ends ctx
	slots    chan struct{}      // holds one element for each running handler; nil without a limit
	stopping chan struct{}      // closed, under mu, when Shutdown or Close begins
	idle     chan struct{}      // closed, under mu, when no handler runs and none will any more

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{} // one for each running handler
}

const (
	shortestPause = 5 * time.Millisecond
	longestPause  = time.Second
)

// Serve accepts clients from ln and starts Handler for each. It closes ln
// before it returns, and may return while handlers still run. It may be called
// for several listeners at once.
//
// An error of Accept that will pass (a process or system out of descriptors:
// EMFILE, ENFILE, on Windows WSAEMFILE; a client that gave up in the queue:
// ECONNABORTED, on Windows WSAECONNABORTED) makes Serve wait before it calls
// Accept again: 5 ms, doubled for each further error in a row up to 1 s. Any
// other error it returns, wrapped or as it is: net.ErrClosed when somebody
// else closed ln. Handlers and other listeners go on.
//
// After Shutdown or Close, Serve returns ErrServerClosed, also when it is
// called only then.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close() // clients in its queue would wait for ever
	if !s.watch(ln) {
		return ErrServerClosed
	}
	defer s.unwatch(ln)
	var pause time.Duration
	for {
		c, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0 // the trouble is over; the next one begins anew
			if !s.start(c) {
				c.Close()
				return ErrServerClosed
			}
		case s.stops():
			return ErrServerClosed
		case passes(err):
			pause = min(max(2*pause, shortestPause), longestPause)
			s.logf("%v; trying again in %v", err, pause)
			s.sleep(pause) // at once the error would be the same
		default:
			return err
		}
	}
}

// tooManyFilesWindows is WSAEMFILE, which Temporary does not know.
const tooManyFilesWindows = syscall.Errno(10024)

// passes reports whether an error of Accept concerns one client or the moment,
// and not the listener. Temporary is deprecated because nobody can say what
// it means in general; for Accept it means just this.
func passes(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() || errors.Is(err, tooManyFilesWindows)
}

// sleep waits, but no longer than until Shutdown or Close begins.
func (s *Server) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.stopping:
	}
}

// start starts the handler for c as soon as there is a slot for it. It
// reports whether it did: once Shutdown or Close has begun it does not.
func (s *Server) start(c net.Conn) bool {
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}: // after Accept: an idle listener must hold no slot
		case <-s.stopping:
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops() { // Accept may have had c in hand when the listener was closed
		s.freeSlot()
		return false
	}
	s.conns[c] = struct{}{} // here and not in the goroutine: Shutdown must not miss it
	go s.handle(c)          // the next client must not wait for this one
	return true
}

// handle runs the handler. What follows it is deferred: it may panic.
func (s *Server) handle(c net.Conn) {
	defer s.forget(c)
	defer c.Close()
	defer func() {
		if p := recover(); p != nil { // or the panic of one ends the process of all
			s.logf("panic while serving %v: %v\n%s", c.RemoteAddr(), p, debug.Stack())
		}
	}()
	s.Handler(context.WithValue(s.ctx, handlerOf{s}, true), c)
}

func (s *Server) forget(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c) // a server runs for months: it must not keep what is over
	s.freeSlot()
	if s.stops() && len(s.conns) == 0 {
		close(s.idle) // once only: no conn is added any more
	}
}

func (s *Server) freeSlot() {
	if s.slots != nil {
		<-s.slots
	}
}

// handlerOf is the key under which the ctx of a handler knows its server. The
// server is part of it, for one may be shut down by a handler of another.
type handlerOf struct{ server *Server }

// Shutdown first closes all listeners, whatever ctx says, and then waits until
// every handler has returned. If ctx ends before, Shutdown returns its error
// and the handlers go on; Shutdown may be called again. From its beginning no
// handler is started: clients that still wait are hung up on.
//
// A handler that calls Shutdown with its own ctx, or one made from it, would
// wait for itself. Then Shutdown does not wait for any handler: it closes the
// listeners and returns nil. With the ctx of a handler of another Server it
// waits as usual.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	if ctx.Value(handlerOf{s}) != nil {
		return nil // the caller is one of those that would be waited for
	}
	select { // without mu: the handlers need it to end
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close closes all listeners and the conns of all clients and ends the ctx of
// all handlers. It does not wait until the handlers have returned: Shutdown
// does, also after Close. From its beginning no handler is started. It returns
// nil, also the second time and after Shutdown; the result makes Server an
// io.Closer.
func (s *Server) Close() error {
	s.stop()
	s.cancel() // for handlers that wait for something else than their conn
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close() // frees a Read or Write that is blocked
	}
	return nil
}

// Active returns how many handlers are running.
func (s *Server) Active() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// stop closes the listeners, the first time it is called.
func (s *Server) stop() {
	s.prepare()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops() {
		return
	}
	close(s.stopping)
	if len(s.conns) == 0 {
		close(s.idle)
	}
	for ln := range s.listeners {
		ln.Close()
	}
}

// stops reports whether Shutdown or Close has begun.
func (s *Server) stops() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

// watch notes a listener, for stop to close it. It reports whether the server
// may still serve.
func (s *Server) watch(ln net.Listener) bool {
	s.prepare()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops() {
		return false
	}
	s.listeners[ln] = struct{}{}
	return true
}

func (s *Server) unwatch(ln net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, ln)
}

// prepare makes the zero Server usable.
func (s *Server) prepare() {
	s.setUp.Do(func() {
		s.ctx, s.cancel = context.WithCancel(context.Background())
		s.stopping = make(chan struct{})
		s.idle = make(chan struct{})
		s.listeners = make(map[net.Listener]struct{})
		s.conns = make(map[net.Conn]struct{})
		if s.MaxConns > 0 {
			s.slots = make(chan struct{}, s.MaxConns)
		}
	})
}

func (s *Server) logf(format string, args ...any) {
	if s.Logf != nil { // a panic in here would not be recovered
		s.Logf(format, args...)
	}
}
