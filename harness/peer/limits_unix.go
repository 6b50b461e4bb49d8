//go:build unix

package peer

import (
	"os"
	"sync"
	"syscall"
)

// LimitDescriptors lowers how many descriptors the subject's process may have to
// n, if it may have more (getrlimit(2), RLIMIT_NOFILE). What is open stays open.
// It returns a function that raises the limit again. A script that may not lower
// it is skipped, and so is one whose subject is in a process of its own.
func (b *Bench) LimitDescriptors(n int) (restore func()) {
	b.t.Helper()
	b.Inside("it limits the descriptors of the process that calls your functions")
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	lowered := limit
	lowered.Cur = min(limit.Cur, like(limit.Cur, n))
	if err != nil || syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lowered) != nil {
		b.Skip("this process may not lower its limit of descriptors")
	}
	return func() { syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) }
}

// like converts n to the type of a limit, which differs between systems.
func like[T int64 | uint64](_ T, n int) T { return T(n) }

// OpenDescriptors opens descriptors in the subject's process until enough returns
// true for the number of the newest, or none is left. It returns a function that
// closes them, which may be called again. A script whose subject is in a process
// of its own is skipped.
func (b *Bench) OpenDescriptors(enough func(fd int) bool) (closeAll func()) {
	b.t.Helper()
	b.Inside("it opens descriptors in the process that calls your functions")
	var fds []int
	for fd, err := 0, error(nil); err == nil && !enough(fd); {
		if fd, err = syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err == nil {
			fds = append(fds, fd)
		}
	}
	return sync.OnceFunc(func() {
		for _, fd := range fds {
			syscall.Close(fd)
		}
	})
}

// NoneLeft is an enough of [Bench.OpenDescriptors] that is never true.
func NoneLeft(int) bool { return false }
