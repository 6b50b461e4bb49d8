//go:build unix

package streams_test

import (
	"syscall"
	"time"
)

// worked returns how much processor time this process has used, real even in
// virtual time.
func worked() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails only if its argument is bad
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
