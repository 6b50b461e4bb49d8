package network

import (
	"errors"
	"os"
	"syscall"
)

// peek waits for bytes and reports how many of p can be read at once, and
// whether descriptors are queued, with these bytes or later. It leaves both where
// they are.
func (c *FileConn) peek(p []byte) (n int, carry bool, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		flags := 0
		for failed = syscall.EINTR; errors.Is(failed, syscall.EINTR); {
			n, _, flags, _, failed = syscall.Recvmsg(int(fd), p, nil, syscall.MSG_PEEK)
		}
		carry = flags&syscall.MSG_CTRUNC != 0 // there was no room for them
		return !errors.Is(failed, syscall.EAGAIN)
	})
	if err == nil {
		err = os.NewSyscallError("recvmsg", failed)
	}
	return max(n, 0), carry, err
}
