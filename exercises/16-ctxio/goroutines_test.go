package ctxio_test

import (
	"runtime"
	"slices"

	"socketkata/harness/peer"
)

const (
	// After lockedLooks looks in a row, a goroutine is taken to wait for a
	// mutex that stays locked, not just to pass through it. Each look stops the
	// world, which lets runnable goroutines make progress.
	lockedLooks = 50
	// After busyLooks looks, a running goroutine is taken to be busy-looping.
	busyLooks = 1000
)

// settled waits until no other goroutine of the exercise is running. It returns
// true if virtual time can pass then: each of them is durably blocked, as
// testing/synctest calls it, or has finished. It returns false if one waits for
// a mutex or is busy-looping.
func settled(b *peer.Bench) bool {
	locked := 0
	for range busyLooks {
		runs, waits := false, false
		for _, s := range b.States() {
			runs = runs || slices.Contains([]string{"running", "runnable"}, s.Name)
			waits = waits || !s.Durable
		}
		switch {
		case runs:
			locked = 0
		case !waits:
			return true
		default:
			locked++
		}
		if locked == lockedLooks {
			return false
		}
		runtime.Gosched()
	}
	return false
}
