//go:build unix

package rawtcp_test

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

// useAllDescriptors opens as many descriptors as the process may have. It returns
// a function that closes them, which may be called twice.
func useAllDescriptors(b *peer.Bench) (restore func()) {
	b.Inside("it uses up the descriptors of the process that calls your functions")
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	lowered := limit
	lowered.Cur = min(limit.Cur, 256) // what is open beyond stays open
	if err != nil || unix.Setrlimit(unix.RLIMIT_NOFILE, &lowered) != nil {
		b.Skip("this process may not lower its limit of descriptors")
	}
	var fds []int
	for err == nil {
		var fd int
		if fd, err = unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
			fds = append(fds, fd)
		}
	}
	return sync.OnceFunc(func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
		unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	})
}
