package chat_test

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	chat "socketkata/exercises/10-chat"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// onlyConn applies a wrapper of package fault to one of the conns that a
// listener accepts, counted from 1.
func onlyConn(number int64, wrap func(net.Conn) net.Conn) func(net.Conn) net.Conn {
	var accepted atomic.Int64
	return func(c net.Conn) net.Conn {
		if accepted.Add(1) != number {
			return c
		}
		return wrap(c)
	}
}

// gates has a gate in front of each conn that a listener accepts.
type gates struct {
	script context.Context
	mu     sync.Mutex
	all    []*gate
}

func (g *gates) wrap(c net.Conn) net.Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := &gate{Conn: c, script: g.script, closed: make(chan struct{})}
	g.all = append(g.all, one)
	return one
}

// last returns the gate of the conn that was accepted last.
func (g *gates) last() *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all[len(g.all)-1]
}

// A gate that is shut blocks each Write, as full buffers do, until it is open or
// the conn is closed.
type gate struct {
	net.Conn
	script context.Context
	closed chan struct{}
	once   sync.Once
	blocks atomic.Bool // a Write has begun

	mu   sync.Mutex
	wait chan struct{} // closed when the gate opens; nil if it is open
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.blocks.Store(false)
	g.wait = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.wait)
	g.wait = nil
}

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	wait := g.wait
	g.mu.Unlock()
	if wait != nil {
		g.blocks.Store(true)
		select {
		case <-wait:
		case <-g.closed:
			return 0, net.ErrClosed
		case <-g.script.Done():
		}
	}
	return g.Conn.Write(p)
}

func (g *gate) Close() error {
	g.once.Do(func() { close(g.closed) })
	return g.Conn.Close()
}

// slowWrites makes each Write take this long, as a client does that reads little
// by little. Deadlines and Close end such a Write early.
func slowWrites(each time.Duration, begun *atomic.Bool) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn {
		near, far := net.Pipe()
		return &slowConn{c, near, far, each, begun}
	}
}

// A slowConn writes to a pipe first, from which it reads when the time is up: a
// Write to a pipe ends with that, at its deadline, or with Close.
type slowConn struct {
	net.Conn
	near, far net.Conn
	each      time.Duration
	begun     *atomic.Bool
}

func (c *slowConn) Write(p []byte) (int, error) {
	c.begun.Store(true)
	passes := time.AfterFunc(c.each, func() { io.ReadFull(c.far, make([]byte, len(p))) })
	defer passes.Stop()
	if n, err := c.near.Write(p); err != nil {
		return n, err
	}
	return c.Conn.Write(p)
}

func (c *slowConn) SetDeadline(t time.Time) error {
	c.near.SetDeadline(t)
	return c.Conn.SetDeadline(t)
}

func (c *slowConn) SetWriteDeadline(t time.Time) error {
	c.near.SetWriteDeadline(t)
	return c.Conn.SetWriteDeadline(t)
}

func (c *slowConn) Close() error {
	c.near.Close()
	c.far.Close()
	return c.Conn.Close()
}

// A door is closed until the script opens it or is over.
type door struct {
	open   chan struct{}
	script context.Context
}

func newDoor(b *peer.Bench) door { return door{make(chan struct{}), b.Context()} }

func (d door) pass() {
	select {
	case <-d.open:
	case <-d.script.Done():
	}
}

// serveAtOnce starts Serve. Until start is called, no Read of a client returns:
// then all that the n clients have sent comes at once.
func serveAtOnce(b *peer.Bench, hub *chat.Hub, n int64) (server *peer.Server, start func()) {
	d, reading := newDoor(b), new(atomic.Int64)
	server = b.Serve(hub.Serve, fault.EveryConn(func(c net.Conn) net.Conn { return &lateConn{c, d, reading, sync.Once{}} }))
	return server, func() {
		b.Until("Serve reads from all clients at once", func() bool { return reading.Load() >= n })
		close(d.open)
	}
}

// A lateConn does not read until its door is open.
type lateConn struct {
	net.Conn
	door
	reading *atomic.Int64 // conns whose first Read has begun
	first   sync.Once
}

func (c *lateConn) Read(p []byte) (int, error) {
	c.first.Do(func() { c.reading.Add(1) })
	c.pass()
	return c.Conn.Read(p)
}

// A heldConn holds back the error of each Read until its door is open. It stands
// in for a goroutine that is not scheduled for a while.
type heldConn struct {
	net.Conn
	door
	reads *atomic.Int64 // Reads that have begun and are not over
}

func newHeldConn(b *peer.Bench) *heldConn {
	return &heldConn{door: newDoor(b), reads: new(atomic.Int64)}
}

func (c *heldConn) wrap(inner net.Conn) net.Conn { return &heldConn{inner, c.door, c.reads} }

func (c *heldConn) isReading() bool { return c.reads.Load() > 0 }

func (c *heldConn) Read(p []byte) (int, error) {
	c.reads.Add(1)
	defer c.reads.Add(-1)
	n, err := c.Conn.Read(p)
	if err != nil {
		c.pass()
	}
	return n, err
}
