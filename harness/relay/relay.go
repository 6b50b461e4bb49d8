// Package relay stands between clients and a server and passes on whatever
// happens: bytes unchanged and in order, the end of a stream, a reset. It
// tells what passes, and a [Feed] holds what is to be drawn of it, so that
// whoever draws never slows the conversation.
//
// It keeps as little as it can: one buffer for each direction of a client, and
// what the kernel holds. A side that does not read makes the other side's
// writes wait, as it does without a relay.
package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"socketkata/harness/wire"
)

// A Side of a relayed conversation.
type Side int

// The sides.
const (
	Client Side = iota // the one that connected
	Server             // the one it is relayed to
)

// A Tap is told what passes, before it is passed on: who did what. Data is its
// argument only during the call. It is called for many clients at once and
// must not block, because the conversation waits for it.
type Tap func(client int, from Side, kind wire.Kind, data []byte)

const (
	readSize   = 32 << 10
	bufferSize = 256 << 10 // of each socket, or Linux lets them grow to megabytes
	lookEvery  = 100 * time.Millisecond
	retryAfter = 50 * time.Millisecond
)

// A Relay relays the clients of a listener to a server. Its methods may be
// called concurrently.
type Relay struct {
	server string
	tap    Tap
	ctx    context.Context // ends with HangUp
	cancel context.CancelFunc

	mu       sync.Mutex
	sessions map[*session]struct{}
	idle     sync.WaitGroup // counts sessions
}

// New returns a relay to the server at that address, "127.0.0.1:40312".
func New(server string, tap Tap) *Relay {
	ctx, cancel := context.WithCancel(context.Background())
	return &Relay{server: server, tap: tap, ctx: ctx, cancel: cancel, sessions: make(map[*session]struct{})}
}

// Serve accepts clients, numbers them from 1 and relays each of them. It
// returns nil once ln is closed, while clients may still be talking, and any
// other error of Accept that does not pass by itself.
func (r *Relay) Serve(ln net.Listener) error {
	done := make(chan struct{})
	defer close(done)
	go r.lookForResets(done)
	for number := 1; ; {
		c, err := ln.Accept()
		var passing interface{ Temporary() bool }
		switch {
		case err == nil:
			r.connect(number, c.(*net.TCPConn))
			number++
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.As(err, &passing) && passing.Temporary():
			time.Sleep(retryAfter) // out of descriptors: the client waits in the queue
		default:
			return err
		}
	}
}

// connect dials the server for one client. It does so before the next client
// is accepted, so that the server meets them in the same order.
func (r *Relay) connect(number int, client *net.TCPConn) {
	server, err := new(net.Dialer).DialContext(r.ctx, "tcp", r.server)
	if err != nil {
		if r.ctx.Err() == nil {
			r.refused(number, err)
		}
		reset(client) // it is connected by now: this is as near to refused as can be
		return
	}
	s := &session{relay: r, number: number, conns: [2]*net.TCPConn{client, server.(*net.TCPConn)}}
	for _, c := range s.conns {
		c.SetReadBuffer(bufferSize) // a refusal costs nothing but memory
		c.SetWriteBuffer(bufferSize)
	}
	if !r.add(s) {
		reset(client)
		server.Close()
		return
	}
	s.tell(Client, wire.Open, nil)
	go s.run()
}

// add reports whether the session may begin: after HangUp none does.
func (r *Relay) add(s *session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx.Err() != nil {
		return false
	}
	r.sessions[s] = struct{}{}
	r.idle.Add(1)
	return true
}

func (r *Relay) refused(number int, err error) {
	const wsaRefused = syscall.Errno(10061)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaRefused) {
		r.tap(number, Server, wire.Refused, nil)
		return
	}
	r.tap(number, Server, wire.Note, []byte(err.Error()))
}

// Active returns how many clients are connected.
func (r *Relay) Active() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sessions)
}

// HangUp ends every conversation, as clients do that leave, and waits until
// nothing of the relay runs but Serve. Clients that come later are reset.
func (r *Relay) HangUp() {
	r.cancel()
	for _, s := range r.all() {
		s.hangUp()
	}
	r.idle.Wait()
}

func (r *Relay) all() []*session {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*session
	for s := range r.sessions {
		all = append(all, s)
	}
	return all
}

// lookForResets finds resets that nobody meets in Read or Write: of a side that
// has half-closed, or whose bytes wait because the other side does not read.
func (r *Relay) lookForResets(done <-chan struct{}) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		for _, s := range r.all() {
			for side, c := range s.conns {
				if wasReset(c) {
					s.reset(Side(side))
				}
			}
		}
	}
}

// A session is one client and its conn to the server.
type session struct {
	relay  *Relay
	number int
	conns  [2]*net.TCPConn // by Side
	over   sync.Once       // what ends both directions at once
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
		case errors.Is(err, io.EOF):
			s.tell(from, wire.FIN, nil)
			dst.CloseWrite() // it fails when that side is gone, which its own pump sees
			return
		default:
			s.reset(from)
			return
		}
	}
}

func (s *session) tell(from Side, kind wire.Kind, data []byte) {
	s.relay.tap(s.number, from, kind, data)
}

// reset passes a reset of one side on to the other. It does nothing when the
// session is over: then it was the relay itself that closed the conns.
func (s *session) reset(by Side) {
	s.over.Do(func() {
		s.tell(by, wire.RST, nil)
		reset(s.conns[1-by])
		s.conns[by].Close()
	})
}

// hangUp ends the session in the client's place.
func (s *session) hangUp() {
	s.over.Do(func() {
		s.tell(Client, wire.FIN, nil)
		for _, c := range s.conns {
			c.Close()
		}
	})
}

// reset closes a conn with RST.
func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}
