//go:build darwin || freebsd

package unixipc

import (
	"os"

	"golang.org/x/sys/unix"
)

// peerUID returns the uid that the kernel noted for the other end of a Unix
// socket (unix(4), LOCAL_PEERCRED).
func peerUID(fd int) (uint32, error) {
	const level = 0 // SOL_LOCAL
	cred, err := unix.GetsockoptXucred(fd, level, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, os.NewSyscallError("getsockopt", err)
	}
	return cred.Uid, nil
}
