package memnet

import (
	"net"
	"os"
	"syscall"

	"socketkata/harness/errno"
)

// Close ends this end of the conn. It sends FIN, or RST when received bytes are
// still unread or SetLinger(0) was called. Blocked calls on this end return
// with [net.ErrClosed]. A second Close does nothing and returns an error that
// is [net.ErrClosed].
func (c *Conn) Close() error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.close(c.abort)
	return nil
}

// Reset closes this end with RST. It does nothing when the end is closed
// already.
func (c *Conn) Reset() {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if !c.closed {
		c.close(true)
	}
}

func (c *Conn) close(abort bool) {
	switch {
	case c.over(): // both streams have ended
	case abort, c.in.Len() > 0: // RFC 2525 section 2.17: bytes nobody will read call for RST
		c.peer.receiveRST()
	default:
		c.sendFIN()
	}
	c.closed = true
	c.readDeadline.stop()
	c.writeDeadline.stop()
	c.wake()
}

// CloseWrite ends the stream of this end: the other end reads [io.EOF] after
// the bytes in flight, and Write here fails with EPIPE. Read goes on. It
// returns ENOTCONN when both streams had ended before, or an RST came.
func (c *Conn) CloseWrite() error {
	return c.shutdown(func() {
		if !c.sentFIN {
			c.sendFIN()
		}
	})
}

// CloseRead makes Read return [io.EOF] instead of waiting. As on Linux the
// other end does not notice and may go on writing until the buffer is full,
// and bytes that are there can still be read. It returns ENOTCONN when both
// streams had ended before, or an RST came.
func (c *Conn) CloseRead() error {
	return c.shutdown(func() { c.readShut = true })
}

func (c *Conn) shutdown(end func()) error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	switch {
	case c.closed:
		return c.opError("close", net.ErrClosed)
	case c.over():
		return c.opError("close", os.NewSyscallError("shutdown", errno.Of(syscall.ENOTCONN)))
	}
	end()
	c.wake()
	return nil
}

// over reports whether the conn has ended in both directions. From then on
// neither end can send an RST, whatever it leaves unread.
func (c *Conn) over() bool { return c.reset || c.sentFIN && c.gotFIN }

// deaf reports whether this end answers bytes with RST: nobody can read them
// and it has nothing more to say (RFC 1122 section 4.2.2.13).
func (c *Conn) deaf() bool { return c.closed || c.readShut && c.sentFIN }

func (c *Conn) sendFIN() {
	c.sentFIN = true
	c.peer.gotFIN = true
	c.peer.wake()
}

func (c *Conn) receiveRST() {
	if c.over() {
		return
	}
	c.pending = errno.Of(syscall.ECONNRESET)
	if c.gotFIN { // Linux, tcp_reset in state CLOSE_WAIT
		c.pending = errno.Of(syscall.EPIPE)
	}
	c.reset = true
	c.wake()
}

// wake makes every call that waits on this end look again.
func (c *Conn) wake() {
	c.canRead.Broadcast()
	c.canWrite.Broadcast()
	c.link.watch.Broadcast()
}
