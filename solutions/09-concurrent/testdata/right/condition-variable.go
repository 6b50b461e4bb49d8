// One mutex and one condition variable for everything, even the pauses, no
// channels, and a Shutdown that polls, as net/http's does.

package concurrent

import (
	"context"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

var ErrServerClosed = errors.New("concurrent: Server closed")

type Server struct {
	Handler  func(ctx context.Context, c net.Conn)
	MaxConns int
	Logf     func(format string, args ...any)

	mu      sync.Mutex
	changed *sync.Cond // broadcast when a handler ends and when the server stops
	ended   bool
	closed  bool
	lns     []net.Listener
	clients []*client
}

type client struct {
	server *Server
	conn   net.Conn
	cancel context.CancelFunc
}

type key int

const clientKey key = 1

func (s *Server) lock() func() {
	s.mu.Lock()
	if s.changed == nil {
		s.changed = sync.NewCond(&s.mu)
	}
	return s.mu.Unlock
}

func (s *Server) Serve(ln net.Listener) (err error) {
	defer ln.Close()
	unlock := s.lock()
	if s.ended {
		unlock()
		return ErrServerClosed
	}
	s.lns = append(s.lns, ln)
	unlock()
	defer s.drop(ln)
	for delay := 5 * time.Millisecond; ; {
		conn, err := ln.Accept()
		if err == nil {
			delay = 5 * time.Millisecond
			s.admit(conn)
			continue
		}
		unlock := s.lock()
		ended := s.ended
		unlock()
		if ended {
			return ErrServerClosed
		}
		if !passing(err) {
			return err
		}
		s.logf("Accept: %v", err)
		s.pause(delay + rand.N(delay/4))
		delay = min(delay*2, 800*time.Millisecond)
	}
}

// pause waits for d or until the server has ended.
func (s *Server) pause(d time.Duration) {
	over := false
	timer := time.AfterFunc(d, func() {
		defer s.lock()()
		over = true
		s.changed.Broadcast()
	})
	defer timer.Stop()
	defer s.lock()()
	for !over && !s.ended {
		s.changed.Wait()
	}
}

func passing(err error) bool {
	var ne net.Error
	if errors.As(err, &ne) && ne.Temporary() {
		return true
	}
	var no syscall.Errno
	return errors.As(err, &no) && slices.Contains([]syscall.Errno{syscall.ECONNABORTED, 10024, 10053}, no)
}

// admit waits for a free slot and starts the handler.
func (s *Server) admit(conn net.Conn) {
	defer s.lock()()
	for !s.ended && s.MaxConns > 0 && len(s.clients) >= s.MaxConns {
		s.changed.Wait()
	}
	if s.ended {
		conn.Close()
		return
	}
	cl := &client{server: s, conn: conn}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), clientKey, cl))
	cl.cancel = cancel
	s.clients = append(s.clients, cl)
	go cl.run(ctx)
}

func (cl *client) run(ctx context.Context) {
	defer cl.over()
	cl.server.Handler(ctx, cl.conn)
}

func (cl *client) over() {
	s := cl.server
	if v := recover(); v != nil {
		defer s.logf("%s: %v", cl.conn.RemoteAddr(), v)
	}
	cl.cancel()
	unlock := s.lock()
	for i, other := range s.clients {
		if other == cl {
			last := len(s.clients) - 1
			s.clients[i], s.clients[last] = s.clients[last], nil
			s.clients = s.clients[:last]
			break
		}
	}
	s.changed.Broadcast()
	unlock()
	cl.conn.Close()
}

func (s *Server) drop(ln net.Listener) {
	defer s.lock()()
	s.lns = slices.DeleteFunc(s.lns, func(other net.Listener) bool { return other == ln })
}

func (s *Server) logf(format string, args ...any) {
	logf := s.Logf
	if logf == nil {
		logf = log.New(io.Discard, "", 0).Printf
	}
	logf(format, args...)
}

func (s *Server) end() {
	defer s.lock()()
	s.ended = true
	for _, ln := range s.lns {
		ln.Close()
	}
	s.lns = nil
	s.changed.Broadcast()
}

func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	if cl, ok := ctx.Value(clientKey).(*client); ok && s.serves(cl) {
		return nil
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for s.Active() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

func (s *Server) serves(cl *client) bool {
	defer s.lock()()
	return slices.Contains(s.clients, cl)
}

func (s *Server) Close() error {
	s.end()
	defer s.lock()()
	for _, cl := range s.clients {
		cl.cancel()
		cl.conn.Close()
	}
	return nil
}

func (s *Server) Active() int {
	defer s.lock()()
	return len(s.clients)
}
