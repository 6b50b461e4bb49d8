// One handler more than MaxConns runs.
//
// Seen: > where >= was meant.
// Caught by: R10 (extra bytes), R12, R13
// Say: MaxConns handlers were running and one more was started.

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

var ErrServerClosed = errors.New("server closed")

type Server struct {
	Handler func(ctx context.Context, c net.Conn)

	MaxConns int

	Logf func(format string, args ...any)

	setUp    sync.Once
	ctx      context.Context
	cancel   context.CancelFunc
	slots    chan struct{}
	stopping chan struct{}
	idle     chan struct{}

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{}
}

const (
	shortestPause = 5 * time.Millisecond
	longestPause  = time.Second
)

func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	if !s.watch(ln) {
		return ErrServerClosed
	}
	defer s.unwatch(ln)
	var pause time.Duration
	for {
		c, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0
			if !s.start(c) {
				c.Close()
				return ErrServerClosed
			}
		case s.stops():
			return ErrServerClosed
		case transient(err):
			pause = min(max(2*pause, shortestPause), longestPause)
			s.logf("%v; trying again in %v", err, pause)
			s.sleep(pause)
		default:
			return err
		}
	}
}

const tooManyFilesWindows = syscall.Errno(10024)

func transient(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() || errors.Is(err, tooManyFilesWindows)
}

func (s *Server) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.stopping:
	}
}

func (s *Server) start(c net.Conn) bool {
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}:
		case <-s.stopping:
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops() {
		s.freeSlot()
		return false
	}
	s.conns[c] = struct{}{}
	go s.handle(c)
	return true
}

func (s *Server) handle(c net.Conn) {
	defer s.forget(c)
	defer c.Close()
	defer func() {
		if p := recover(); p != nil {
			s.logf("panic while serving %v: %v\n%s", c.RemoteAddr(), p, debug.Stack())
		}
	}()
	s.Handler(context.WithValue(s.ctx, handlerOf{s}, true), c)
}

func (s *Server) forget(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.freeSlot()
	if s.stops() && len(s.conns) == 0 {
		close(s.idle)
	}
}

func (s *Server) freeSlot() {
	if s.slots != nil {
		<-s.slots
	}
}

type handlerOf struct{ server *Server }

func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	if ctx.Value(handlerOf{s}) != nil {
		return nil
	}
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) Close() error {
	s.stop()
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
	return nil
}

func (s *Server) Active() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

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

func (s *Server) stops() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

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

func (s *Server) prepare() {
	s.setUp.Do(func() {
		s.ctx, s.cancel = context.WithCancel(context.Background())
		s.stopping = make(chan struct{})
		s.idle = make(chan struct{})
		s.listeners = make(map[net.Listener]struct{})
		s.conns = make(map[net.Conn]struct{})
		if s.MaxConns > 0 {
			s.slots = make(chan struct{}, s.MaxConns+1)
		}
	})
}

func (s *Server) logf(format string, args ...any) {
	if s.Logf != nil {
		s.Logf(format, args...)
	}
}
