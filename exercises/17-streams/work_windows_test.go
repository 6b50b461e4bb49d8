package streams_test

import (
	"syscall"
	"time"
)

// worked returns the time of the day, because Windows counts processor time in
// steps of 16 ms.
func worked() time.Duration {
	var now syscall.Timeval
	syscall.Gettimeofday(&now) // fails only if its argument is bad
	return time.Duration(now.Nano())
}
