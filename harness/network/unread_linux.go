package network

import (
	"errors"
	"net"
	"syscall"
	"unsafe"
)

// CanSeeUnread tells whether this platform shows how many bytes wait in a
// socket.
const CanSeeUnread = true

// Unread returns how many bytes wait in the socket to be read: SIOCINQ of
// tcp(7).
func Unread(c net.Conn) (int, error) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int32
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCINQ, uintptr(unsafe.Pointer(&n)))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return int(n), err
}
