// Package relay sits between clients and a server and passes on everything:
// bytes unchanged and in order, the end of a stream, a reset. It tells what
// passes, and a [Feed] holds what is to be drawn of it, so that drawing never
// slows the conversation.
//
// It keeps as little as it can: one buffer for each direction of a client, and
// what the kernel holds. A side that does not read makes the other side's
// writes wait, as it does without a relay.
package relay

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"socketkata/harness/errno"
	"socketkata/harness/wire"
)

// A Side of a relayed conversation.
type Side int

// The sides.
const (
	Client Side = iota // the one that connected
	Server             // the one it is relayed to
)

// A Passed is one thing that passes a relay.
type Passed struct {
	Client int           // its number
	From   Side          // who did it
	Kind   wire.Kind     // what it was
	At     time.Duration // since the client connected
	Data   []byte        // of wire.Data: the bytes; of wire.Note: why the server cannot be dialed
}

// A Tap is told what passes, before it is passed on. Data is its own only
// during the call. It is called for many clients at once and must not block,
// because the conversation waits for it.
type Tap func(p Passed)

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
	leaving  bool           // no more sessions
	idle     sync.WaitGroup // counts sessions
}

// New returns a relay to the server at that address, "127.0.0.1:40312".
func New(server string, tap Tap) *Relay {
	ctx, cancel := context.WithCancel(context.Background())
	return &Relay{server: server, tap: tap, ctx: ctx, cancel: cancel, sessions: make(map[*session]struct{})}
}

// Serve accepts clients, numbers them from 1 and relays each of them. It
// returns nil once ln is closed, while clients may still be talking, and any
// permanent error of Accept.
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
			r.notConnected(number, err)
		}
		reset(client) // it is connected by now: this is as close to refused as possible
		return
	}
	s := &session{relay: r, number: number, began: time.Now(), conns: [2]*net.TCPConn{client, server.(*net.TCPConn)}}
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

// add reports whether the session may begin.
func (r *Relay) add(s *session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leaving {
		return false
	}
	r.sessions[s] = struct{}{}
	r.idle.Add(1)
	return true
}

// notConnected tells why the server cannot be dialed.
func (r *Relay) notConnected(number int, err error) {
	switch {
	case errno.Is(err, syscall.ECONNREFUSED):
		r.tap(Passed{Client: number, From: Server, Kind: wire.Refused})
	case errno.Is(err, syscall.ECONNRESET): // the server accepted, and reset before Dial returned
		r.tap(Passed{Client: number, From: Client, Kind: wire.Open})
		r.tap(Passed{Client: number, From: Server, Kind: wire.RST})
	default:
		r.tap(Passed{Client: number, From: Server, Kind: wire.Note, Data: []byte(err.Error())})
	}
}

// Active returns how many clients are connected.
func (r *Relay) Active() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sessions)
}

// Leave half-closes the server's conns for clients that have not done so, and
// lets the server finish. Clients that come later are reset.
func (r *Relay) Leave() {
	for _, s := range r.last() {
		s.conns[Client].SetReadDeadline(time.Unix(1, 0)) // wakes the pump
	}
}

// Idle returns a channel that is closed when nobody is left. It is for after
// Leave.
func (r *Relay) Idle() <-chan struct{} {
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		r.idle.Wait()
	}()
	return idle
}

// HangUp ends every conversation at once and waits until nothing of the relay
// runs but Serve. Clients that come later are reset.
func (r *Relay) HangUp() {
	r.cancel()
	for _, s := range r.last() {
		s.hangUp()
	}
	r.idle.Wait()
}

// last returns all sessions, after which none begins.
func (r *Relay) last() []*session {
	r.mu.Lock()
	r.leaving = true
	r.mu.Unlock()
	return r.all()
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

// lookForResets finds resets that no Read or Write returns: of a side that has
// half-closed, or whose bytes wait because the other side does not read.
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
			s.lookForReset()
		}
	}
}
