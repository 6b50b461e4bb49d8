// Package concurrent is a TCP server for any protocol. It runs one handler
// goroutine per client, limits how many run at once, survives their panics, and
// stops either at once or gracefully.
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

// A Server runs Handler for every client. Set its fields before you call its
// first method, and do not copy it after that. All methods may be called
// concurrently, even by handlers.
type Server struct {
	// Handler serves one client. The server closes c when Handler ends: it
	// returns, panics or calls runtime.Goexit. A panic ends only that client's
	// conn. Close cancels ctx; while Handler runs, nothing else does. Shutdown
	// touches neither ctx nor c. The server may cancel ctx once Handler has ended.
	Handler func(ctx context.Context, c net.Conn)

	// MaxConns limits how many handlers run at once, over all listeners; 0 or
	// less means no limit. Further clients wait, accepted or still in the backlog,
	// until a handler ends; until then Serve need not call Accept again.
	MaxConns int

	// Logf, if not nil, logs a text with the value of each panic and each transient
	// Accept error, and possibly others. It may be called concurrently, and may
	// call all methods of the server, even Shutdown: no running handler waits for
	// Logf. A panic is logged when its conn is closed, its slot is free and its
	// handler no longer counts as running.
	Logf func(format string, args ...any)

	setUp    sync.Once
	ctx      context.Context    // the parent of every handler's ctx
	cancel   context.CancelFunc // cancels ctx
	slots    chan struct{}      // one element per running handler; nil without a limit
	stopping chan struct{}      // closed, under mu, when Shutdown or Close begins
	idle     chan struct{}      // closed, under mu, when the last handler ends while stopping

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{} // one per running handler
}

const shortestPause, longestPause = 5 * time.Millisecond, time.Second

// Serve accepts clients from ln and starts Handler for each. It closes ln before it
// returns. It may return while handlers still run, or wait for those of ln's clients.
// Several calls, each with its own ln, may run at once. Listeners and conns are comparable.
//
// After a transient Accept error, Serve pauses before it calls Accept again: at
// least 5 ms, about doubled for each further error in a row, at most 1 s. Each
// listener has its own row. Any conn that its Accept returns ends it, even if the
// client has to wait for a slot. These are transient: EMFILE and ENFILE (no more
// descriptors; on Windows WSAEMFILE) and ECONNABORTED (a client aborted in the
// backlog; on Windows WSAECONNABORTED), however ln wraps them. An error that
// calls itself Temporary, as a passed deadline of ln does, may be transient, too:
// both are right. Serve returns any other error, wrapped or unchanged; if
// somebody else closed ln, that is net.ErrClosed. Handlers, even of ln's
// clients, and other listeners carry on. Serve may close conns that wait for a slot.
//
// After Shutdown or Close, Serve returns ErrServerClosed, even if it is called only
// then, or a permanent Accept error that came before. Serve may wait for all running
// handlers first, but neither for a pause nor for a client without a slot.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close() // or clients in its backlog would wait forever
	if !s.watch(ln) {
		return ErrServerClosed
	}
	defer s.unwatch(ln)
	var pause time.Duration
	for {
		c, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0 // the next failure starts again at the shortest pause
			if !s.start(c) {
				c.Close()
				return ErrServerClosed
			}
		case s.stops():
			return ErrServerClosed
		case transient(err):
			pause = min(max(2*pause, shortestPause), longestPause)
			s.logf("%v; trying again in %v", err, pause)
			s.sleep(pause) // retrying at once would fail the same way
		default:
			return err
		}
	}
}

// The numbers of Windows differ from those that package syscall has there.
const (
	tooManyFilesWindows = syscall.Errno(10024) // WSAEMFILE
	abortedWindows      = syscall.Errno(10053) // WSAECONNABORTED
)

// transient reports whether a later Accept may succeed after err. It does not
// ask for Temporary, which is true of ECONNABORTED only directly inside a
// *net.OpError, and of WSAEMFILE never.
func transient(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, tooManyFilesWindows) ||
		errors.Is(err, syscall.ENFILE) ||
		errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, abortedWindows)
}

// sleep waits for d or until Shutdown or Close begins.
func (s *Server) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.stopping:
	}
}

// start waits for a slot and starts the handler for c. It returns false, and
// starts nothing, once Shutdown or Close has begun.
func (s *Server) start(c net.Conn) bool {
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}: // after Accept: an idle listener must not hold a slot
		case <-s.stopping:
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops() { // Accept may return a conn that it got just before the listener was closed
		return false // with its slot: nobody needs one any more
	}
	s.conns[c] = struct{}{} // here, not in the goroutine: Shutdown must not miss it
	go s.handle(c)          // the next client must not wait for this one
	return true
}

// handle runs the handler. The cleanup is deferred because the handler may
// panic or call runtime.Goexit.
func (s *Server) handle(c net.Conn) {
	defer func() {
		p := recover() // or one client's panic ends the whole process
		c.Close()
		s.forget(c)
		if p != nil { // last: Logf may call Shutdown, which must not wait for this handler
			s.logf("panic while serving %v: %v\n%s", c.RemoteAddr(), p, debug.Stack())
		}
	}()
	s.Handler(context.WithValue(s.ctx, handlerOf{s}, c), c)
}

func (s *Server) forget(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c) // a server runs for months: it must not keep finished conns
	s.freeSlot()
	if s.stops() && len(s.conns) == 0 {
		close(s.idle) // only once: no conn is added after stopping
	}
}

func (s *Server) freeSlot() {
	if s.slots != nil {
		<-s.slots
	}
}

// handlerOf is the context key of a handler's conn: a handler of another server has none.
type handlerOf struct{ server *Server }

// Shutdown first closes all listeners, even if ctx is already done, and ignores the
// errors of that. Then it waits until every handler has ended. If ctx is done first,
// Shutdown returns ctx.Err(), wrapped or unchanged, and the handlers carry on; it may
// be called again. If no handler is running, it returns nil, even if ctx is done. Close
// alone does not end a Shutdown's wait. Once Shutdown has begun, no handler starts: the
// server soon closes the conns of clients that still wait, even while handlers run. A
// handler has started when Active counts it; its first line may run later. Nothing is
// left on ctx when Shutdown returns; a goroutine may stay until the handlers have ended.
//
// If ctx is that of a running handler, or derived from it, Shutdown would wait
// for its own caller. Then it waits for no handler: it closes the listeners and
// returns nil, even if ctx is done. If that handler has ended or belongs to
// another Server, Shutdown waits as usual.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	if s.ofRunningHandler(ctx) {
		return nil // the caller is one of the handlers: waiting would deadlock
	}
	if s.Active() == 0 {
		return nil // even if ctx is done; idle is closed only if a handler was running
	}
	select { // without mu: the handlers need it to finish
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ofRunningHandler reports whether ctx is that of a handler that has not ended.
func (s *Server) ofRunningHandler(ctx context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _ := ctx.Value(handlerOf{s}).(net.Conn)
	_, runs := s.conns[c]
	return runs
}

// Close closes all listeners and all clients' conns, and cancels the ctx of all
// handlers. It does not wait for the handlers to end; Shutdown does, even after
// Close. Once Close has begun, no handler starts. Close always returns nil,
// whatever closing a conn or listener returns, and even if called twice or after
// Shutdown; it has a result so that Server is an io.Closer.
func (s *Server) Close() error {
	s.stop()
	s.cancel() // for handlers that are not blocked on their conn
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close() // wakes a blocked Read or Write
	}
	return nil
}

// Active returns how many handlers are running, also those that have closed
// their conn.
func (s *Server) Active() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// stop closes the listeners. Only the first call has an effect.
func (s *Server) stop() {
	s.prepare()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops() {
		return
	}
	close(s.stopping)
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

// watch registers ln so that stop closes it. It returns false if the server is
// already stopping.
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
	if s.Logf != nil { // nothing recovers a panic of handle's deferred function
		s.Logf(format, args...)
	}
}
