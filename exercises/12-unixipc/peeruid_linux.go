package unixipc

import (
	"os"

	"golang.org/x/sys/unix"
)

// peerUID returns the uid that the kernel noted for the other end of a Unix
// socket (unix(7), SO_PEERCRED). If there is no other end, it returns
// 4,294,967,295 and no error.
func peerUID(fd int) (uint32, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, os.NewSyscallError("getsockopt", err)
	}
	return cred.Uid, nil
}
