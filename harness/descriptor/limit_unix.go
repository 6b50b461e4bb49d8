//go:build unix

package descriptor

import (
	"os"
	"sync"
	"syscall"
)

// Lower lets this process have no new descriptor with a number of n or more, if it
// may have one now (getrlimit(2), RLIMIT_NOFILE). What is open stays open. The
// function it returns raises the limit again.
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
// taken. The function it returns closes them, and may be called again.
func Occupy(n int) (closeAll func(), err error) {
	var fds []int
	closeAll = sync.OnceFunc(func() {
		for _, fd := range fds {
			syscall.Close(fd)
		}
	})
	for {
		fd, err := null()
		if err != nil {
			return closeAll, err
		}
		if fd >= n {
			syscall.Close(fd)
			return closeAll, nil
		}
		fds = append(fds, fd)
	}
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
