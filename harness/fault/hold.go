package fault

import (
	"net"
	"sync"
)

// A Hold keeps calls waiting until [Hold.Release]: every Write of a conn and every
// WriteTo of a packet conn, as a network does whose buffers are full, and every
// Accept that has a conn or ReadFrom that has a datagram, as if its goroutine got
// no processor. Neither a deadline nor Close ends the wait: defer Release in the
// script. A Hold is made by [NewHold], and its methods may be called concurrently.
type Hold struct {
	holding, open chan struct{}
	begin, end    func()
}

// NewHold returns a Hold on nothing. [Hold.Conn], [Hold.PacketConn],
// [Hold.Received] and [Hold.Listener] are the wrappers.
func NewHold() *Hold {
	h := &Hold{holding: make(chan struct{}), open: make(chan struct{})}
	h.begin = sync.OnceFunc(func() { close(h.holding) })
	h.end = sync.OnceFunc(func() { close(h.open) })
	return h
}

// Conn wraps a conn.
func (h *Hold) Conn(c net.Conn) net.Conn { return &heldConn{conn{c}, h} }

// PacketConn wraps a packet conn, and holds its WriteTo.
func (h *Hold) PacketConn(c net.PacketConn) net.PacketConn { return &heldPacketConn{c, h} }

// Received wraps a packet conn, and holds its ReadFrom once that has a datagram.
func (h *Hold) Received(c net.PacketConn) net.PacketConn { return &heldReceived{c, h} }

// Listener wraps a listener. An Accept that fails is not held.
func (h *Hold) Listener(ln net.Listener) net.Listener { return &heldListener{ln, h} }

// Holds reports whether a call has been held.
func (h *Hold) Holds() bool {
	select {
	case <-h.holding:
		return true
	default:
		return false
	}
}

// Release lets all calls go on, those to come, too. It may be called again.
func (h *Hold) Release() { h.end() }

func (h *Hold) wait() {
	h.begin()
	<-h.open
}

type heldConn struct {
	conn
	hold *Hold
}

func (c *heldConn) Write(p []byte) (int, error) {
	c.hold.wait()
	return c.Conn.Write(p)
}

type heldListener struct {
	net.Listener
	hold *Hold
}

func (l *heldListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.hold.wait()
	}
	return c, err
}

type heldPacketConn struct {
	net.PacketConn
	hold *Hold
}

func (c *heldPacketConn) WriteTo(p []byte, to net.Addr) (int, error) {
	c.hold.wait()
	return c.PacketConn.WriteTo(p, to)
}

type heldReceived struct {
	net.PacketConn
	hold *Hold
}

func (c *heldReceived) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(p)
	if err == nil {
		c.hold.wait()
	}
	return n, from, err
}
