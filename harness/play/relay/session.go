package relay

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"socketkata/harness/wire"
)

// A session is one client and its conn to the server.
type session struct {
	relay  *Relay
	number int
	began  time.Time
	conns  [2]*net.TCPConn // by Side

	mu   sync.Mutex // held while a conn is asked how it ended, until that is told
	over bool       // both directions have ended at once
}

// run relays both directions until both have ended.
func (s *session) run() {
	var both sync.WaitGroup
	both.Go(func() { s.pump(Client) })
	both.Go(func() { s.pump(Server) })
	both.Wait()
	for _, c := range s.conns {
		c.Close()
	}
	s.relay.mu.Lock()
	delete(s.relay.sessions, s)
	s.relay.mu.Unlock()
	s.relay.idle.Done()
}

// pump passes on what one side sends, until that side ends its stream.
func (s *session) pump(from Side) {
	src, dst := s.conns[from], s.conns[1-from]
	buf := make([]byte, readSize)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			s.tell(from, wire.Data, buf[:n])
			if _, err := dst.Write(buf[:n]); err != nil {
				s.reset(1 - from) // nobody is there to read
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrDeadlineExceeded): // Leave
			s.finish(from)
			return
		default:
			s.reset(from)
			return
		}
	}
}

func (s *session) tell(from Side, kind wire.Kind, data []byte) {
	s.relay.tap(Passed{Client: s.number, From: from, Kind: kind, At: time.Since(s.began), Data: data})
}

// finish passes on that one side has ended its stream.
func (s *session) finish(from Side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return // it was a reset: asking a socket takes the error away, and Read tells EOF
	}
	s.tell(from, wire.FIN, nil)
	s.conns[1-from].CloseWrite() // it fails when that side is gone, which its own pump sees
}

// reset passes a reset of one side on to the other. It does nothing when the
// session is over: then it was the relay itself that closed the conns.
func (s *session) reset(by Side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resetLocked(by)
}

func (s *session) resetLocked(by Side) {
	if s.over {
		return
	}
	s.over = true
	s.tell(by, wire.RST, nil)
	reset(s.conns[1-by])
	s.conns[by].Close()
}

// lookForReset finds a reset of either side that no call has returned.
func (s *session) lookForReset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for side, c := range s.conns {
		if !s.over && wasReset(c) {
			s.resetLocked(Side(side))
		}
	}
}

// hangUp ends the session as if the client did.
func (s *session) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.over = true
	s.tell(Client, wire.FIN, nil)
	for _, c := range s.conns {
		c.Close()
	}
}

// reset closes a conn with RST.
func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}
