package network

import (
	"net"
	"syscall"

	"socketkata/harness/errno"
	"socketkata/harness/memnet"
)

// Reset closes a conn with RST. A Unix socket has none: its other end sees a
// reset only if this end leaves bytes unread, else EOF.
func Reset(c net.Conn) {
	if s, ok := c.(interface{ SetLinger(int) error }); ok {
		s.SetLinger(0)
	}
	c.Close()
}

// IsReset reports whether the error is that of a conn that was reset.
func IsReset(err error) bool { return errno.Is(err, syscall.ECONNRESET) }

// WasReset reports whether the conn was reset, as far as the system tells,
// even if no call has returned the error.
func WasReset(c net.Conn) bool {
	if m, ok := c.(*memnet.Conn); ok {
		return m.WasReset()
	}
	return noPeer(c)
}
