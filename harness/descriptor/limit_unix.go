//go:build unix

package descriptor

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// Lower lowers how many descriptors this process may have open to n, if it may
// have more (getrlimit(2), RLIMIT_NOFILE). What is open stays open. The function
// it returns raises the limit again.
func Lower(n int) (restore func(), err error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil, os.NewSyscallError("getrlimit", err)
	}
	lowered := limit
	lowered.Cur = min(limit.Cur, like(limit.Cur, n))
	err = os.NewSyscallError("setrlimit", syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lowered))
	return func() { syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) }, err
}

// like converts n to the type of a limit, which differs between systems.
func like[T int64 | uint64](_ T, n int) T { return T(n) }

// Occupy opens descriptors of the null device until every number below n is
// taken, or none is left. The function it returns closes them, and may be called
// again.
func Occupy(n int) (closeAll func(), err error) {
	var fds []int
	for fd := -1; err == nil && fd < n-1; {
		if fd, err = null(); err == nil {
			fds = append(fds, fd)
		} else if errors.Is(err, syscall.EMFILE) && isReserved() {
			err = nil
		}
	}
	return sync.OnceFunc(func() {
		for _, fd := range fds {
			syscall.Close(fd)
		}
	}), err
}

// isReserved reports whether a number that this process may have is neither open nor
// free: accept(2) has one in hand before it looks for a conn, and gives it back if
// there is none.
func isReserved() bool {
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	for fd := range int(limit.Cur) {
		if Identify(fd) == (Identity{}) {
			return true
		}
	}
	return false
}

// FreeZero closes standard input: the next descriptor is 0. The function it
// returns makes 0 the null device, if it is free then.
func FreeZero() (restore func()) {
	syscall.Close(0)
	return func() {
		if fd, err := null(); err == nil && fd != 0 {
			syscall.Close(fd)
		}
	}
}

func null() (int, error) {
	fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	return fd, os.NewSyscallError("open", err)
}
