package network

import (
	"net"
	"syscall"
	"unsafe"
)

// Queued reports whether something that was sent over a Unix socket waits to be
// read at its other end: SIOCOUTQ counts it until then. known is false for
// other conns.
func Queued(c net.Conn) (queued, known bool) {
	if c.LocalAddr().Network() != "unix" {
		return false, false
	}
	n, err := ioctl(c, syscall.TIOCOUTQ)
	return n > 0, err == nil
}

// ioctl asks for a number about a conn's socket.
func ioctl(c net.Conn, request uintptr) (int, error) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return 0, syscall.ENOTSUP
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int32
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(&n)))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return int(n), err
}
