package memnet

import (
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"socketkata/harness/errno"
)

// ReadFrom takes one datagram, waiting for it, and returns its sender, a
// [*net.UDPAddr]. What does not fit into p is lost without an error, as on
// Linux. A payload may be empty: n == 0 does not mean that anything has ended.
func (c *PacketConn) ReadFrom(p []byte) (n int, addr net.Addr, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && !c.closed && !c.readDeadline.passed() {
		c.canRead.Wait()
	}
	switch {
	case c.closed:
		return 0, nil, c.opError("read", nil, net.ErrClosed)
	case c.readDeadline.passed():
		return 0, nil, c.opError("read", nil, os.ErrDeadlineExceeded)
	}
	d := c.queue[0]
	c.queue = slices.Delete(c.queue, 0, 1)
	return copy(p, d.payload), d.from, nil
}

// WriteTo sends p as one datagram to a conn of the same network. It never
// waits. Success says nothing about arrival: a datagram is lost without an
// error when nobody has the address or the queue there is full. More than
// 65,507 bytes fail with EMSGSIZE.
func (c *PacketConn) WriteTo(p []byte, addr net.Addr) (n int, err error) {
	to, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, c.opError("write", addr, syscall.EINVAL)
	}
	if to == nil {
		return 0, c.opError("write", nil, errMissingAddress)
	}
	if err := c.writeError(len(p)); err != nil {
		return 0, c.opError("write", addr, err)
	}
	if dest := c.net.find(to); dest != nil {
		dest.arrive(datagram{from: c.addr, payload: slices.Clone(p)})
	}
	return len(p), nil
}

// writeError says why a datagram of size bytes must not be sent, or nil.
func (c *PacketConn) writeError(size int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return net.ErrClosed
	case c.writeDeadline.passed():
		return os.ErrDeadlineExceeded
	case size > maxPayload:
		return os.NewSyscallError("sendto", errno.Of(syscall.EMSGSIZE))
	}
	return nil
}

// arrive puts d into the queue, if there is room.
func (c *PacketConn) arrive(d datagram) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && len(c.queue) < queueLimit {
		c.queue = append(c.queue, d)
		c.canRead.Broadcast()
	}
}

// Close ends the conn. Blocked calls return with [net.ErrClosed]; datagrams
// that were not read are lost. A second Close does nothing and returns an error
// that is [net.ErrClosed].
func (c *PacketConn) Close() error {
	c.net.remove(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", nil, net.ErrClosed)
	}
	c.closed = true
	c.readDeadline.stop()
	c.writeDeadline.stop()
	c.canRead.Broadcast()
	return nil
}

// LocalAddr returns the invented [*net.UDPAddr] of the conn.
func (c *PacketConn) LocalAddr() net.Addr { return c.addr }

// SetDeadline sets the deadlines of ReadFrom and WriteTo.
func (c *PacketConn) SetDeadline(t time.Time) error {
	return c.set(func() { c.moveReadDeadline(t); c.moveWriteDeadline(t) })
}

// SetReadDeadline sets the instant from which ReadFrom fails with
// [os.ErrDeadlineExceeded], even when datagrams are there.
func (c *PacketConn) SetReadDeadline(t time.Time) error {
	return c.set(func() { c.moveReadDeadline(t) })
}

// SetWriteDeadline sets the instant from which WriteTo fails with
// [os.ErrDeadlineExceeded].
func (c *PacketConn) SetWriteDeadline(t time.Time) error {
	return c.set(func() { c.moveWriteDeadline(t) })
}

func (c *PacketConn) moveReadDeadline(t time.Time) {
	c.readDeadline.set(t, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.canRead.Broadcast()
	})
	c.canRead.Broadcast()
}

// moveWriteDeadline wakes nobody: WriteTo never waits.
func (c *PacketConn) moveWriteDeadline(t time.Time) { c.writeDeadline.set(t, func() {}) }

func (c *PacketConn) set(change func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return &net.OpError{Op: "set", Net: "udp", Addr: c.addr, Err: net.ErrClosed}
	}
	change()
	return nil
}

func (c *PacketConn) opError(op string, addr net.Addr, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: c.addr, Addr: addr, Err: err}
}
