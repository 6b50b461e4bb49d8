//go:build unix

package leak

import "syscall"

// Limit returns how many descriptors a process of this user may have open: the
// hard limit, to which a Go program raises its own (setrlimit(2)).
func Limit() (n uint64, known bool) {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0, false
	}
	return uint64(limit.Max), true
}
