//go:build unix

package leak

import (
	"syscall"
	"time"
)

// CPUTime returns how long the threads of the process were on a processor so
// far. ok is false where that is not known.
func CPUTime() (used time.Duration, ok bool) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
