package fault

import (
	"net"
	"sync"
)

// A Hold keeps every Write of a conn, and every WriteTo of a packet conn, waiting
// until [Hold.Release], as a network does whose buffers are full. Neither a
// deadline nor Close ends the wait: defer Release in the script. A Hold is made by
// [NewHold], and its methods may be called concurrently.
type Hold struct {
	writing, open chan struct{}
	begin, end    func()
}

// NewHold returns a Hold on nothing. [Hold.Conn] and [Hold.PacketConn] are the
// wrappers.
func NewHold() *Hold {
	h := &Hold{writing: make(chan struct{}), open: make(chan struct{})}
	h.begin = sync.OnceFunc(func() { close(h.writing) })
	h.end = sync.OnceFunc(func() { close(h.open) })
	return h
}

// Conn wraps a conn.
func (h *Hold) Conn(c net.Conn) net.Conn { return &heldConn{conn{c}, h} }

// PacketConn wraps a packet conn.
func (h *Hold) PacketConn(c net.PacketConn) net.PacketConn { return &heldPacketConn{c, h} }

// Writing reports whether a write has been called.
func (h *Hold) Writing() bool {
	select {
	case <-h.writing:
		return true
	default:
		return false
	}
}

// Release lets all writes go on, those to come, too. It may be called again.
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

type heldPacketConn struct {
	net.PacketConn
	hold *Hold
}

func (c *heldPacketConn) WriteTo(p []byte, to net.Addr) (int, error) {
	c.hold.wait()
	return c.PacketConn.WriteTo(p, to)
}
