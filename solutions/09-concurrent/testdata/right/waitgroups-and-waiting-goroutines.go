// WaitGroups for accept loops and handlers; every conn gets a goroutine at once,
// which waits for a slot, and Serve returns after its last handler.

package concurrent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var ErrServerClosed = fmt.Errorf("concurrent: %w", errors.New("server closed"))

type Server struct {
	Handler  func(ctx context.Context, c net.Conn)
	MaxConns int
	Logf     func(format string, args ...any)

	mu       sync.Mutex
	life     context.Context // canceled when the server stops
	stop     context.CancelFunc
	force    context.Context // canceled when it is closed
	kill     context.CancelFunc
	slots    chan struct{}
	loops    sync.WaitGroup
	handlers sync.WaitGroup
	active   atomic.Int32
}

type caller struct{}

// A stay is the value of a handler's ctx.
type stay struct {
	server *Server
	over   atomic.Bool
}

func (s *Server) init() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life != nil {
		return
	}
	s.force, s.kill = context.WithCancel(context.Background())
	s.life, s.stop = context.WithCancel(s.force)
	s.slots = make(chan struct{}, max(s.MaxConns, 0))
}

func (s *Server) Serve(ln net.Listener) error {
	s.init()
	close := sync.OnceFunc(func() { ln.Close() })
	defer close()
	s.mu.Lock()
	if s.life.Err() != nil {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.loops.Add(1)
	s.mu.Unlock()

	mine := new(sync.WaitGroup)
	defer mine.Wait()
	watcher := make(chan struct{})
	defer func() { <-watcher }()
	done, cancel := context.WithCancel(s.life)
	defer cancel()
	go func() {
		<-done.Done()
		close()
		s.loops.Done()
		watcher <- struct{}{}
	}()
	return s.accept(ln, mine)
}

func (s *Server) accept(ln net.Listener, mine *sync.WaitGroup) error {
	failures := 0
	for {
		c, err := ln.Accept()
		if s.life.Err() != nil {
			if err == nil {
				c.Close()
			}
			return ErrServerClosed
		}
		if err != nil {
			if !temporary(err) {
				return fmt.Errorf("accept client: %w", err)
			}
			d := 6 * time.Millisecond
			for i := 0; i < failures && d < 300*time.Millisecond; i++ {
				d *= 3
			}
			failures++
			if s.Logf != nil {
				s.Logf("accept client: %v", err)
			}
			t := time.NewTimer(d)
			select {
			case <-t.C:
			case <-s.life.Done():
				t.Stop()
			}
			continue
		}
		failures = 0
		mine.Go(func() { s.client(c) })
	}
}

func temporary(err error) bool {
	for _, n := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.Errno(10024), syscall.Errno(10053)} {
		if errors.Is(err, n) {
			return true
		}
	}
	return false
}

func (s *Server) client(c net.Conn) {
	var panicked any
	defer func() {
		if panicked != nil && s.Logf != nil {
			s.Logf("handler panicked: %v", panicked)
		}
	}()
	defer c.Close()
	if s.MaxConns > 0 {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-s.life.Done():
			return
		}
	}
	s.mu.Lock()
	if s.life.Err() != nil {
		s.mu.Unlock()
		return
	}
	s.handlers.Add(1)
	s.active.Add(1)
	s.mu.Unlock()
	defer s.handlers.Done()
	defer s.active.Add(-1)
	defer context.AfterFunc(s.force, func() { c.Close() })()
	defer func() { panicked = recover() }()
	own := &stay{server: s}
	defer own.over.Store(true)
	ctx, cancel := context.WithCancel(context.WithValue(s.force, caller{}, own))
	defer cancel()
	s.Handler(ctx, c)
}

func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.loops.Wait() // short: only until the listeners are closed
	own, ok := ctx.Value(caller{}).(*stay)
	if ok && own.server == s && !own.over.Load() || s.Active() == 0 {
		return nil
	}
	over := make(chan struct{})
	go func() {
		s.handlers.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("shutdown: %w", ctx.Err())
	}
}

func (s *Server) Close() error {
	s.init()
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.kill()
	s.loops.Wait()
	return nil
}

func (s *Server) Active() int { return int(s.active.Load()) }
