//go:build unix

package relay

import (
	"errors"
	"net"
	"syscall"
)

// wasReset asks a socket whether its peer has reset it. It reads nothing, so
// it may be called while others read and write.
func wasReset(c *net.TCPConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	number := 0
	raw.Control(func(fd uintptr) { // a closed conn was not reset
		number, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
	})
	cause := syscall.Errno(number)
	return errors.Is(cause, syscall.ECONNRESET) || errors.Is(cause, syscall.EPIPE)
}
