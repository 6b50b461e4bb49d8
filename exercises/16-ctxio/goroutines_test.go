package ctxio_test

import (
	"runtime"
	"strings"
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
func settled() bool {
	locked, buf := 0, make([]byte, 1<<20)
	for range busyLooks {
		doing := others(buf)
		switch {
		case strings.Contains(doing, "running"), strings.Contains(doing, "runnable"):
			locked = 0
		case doing == "":
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

// others returns the states of the exercise's other goroutines, except those
// that are durably blocked. buf is room for their stacks.
func others(buf []byte) string {
	_, rest, _ := strings.Cut(string(buf[:runtime.Stack(buf, true)]), "\n\n") // the first is the calling one
	var states []string
	for g := range strings.SplitSeq(rest, "\n\n") {
		state, stack, _ := strings.Cut(g, "]:\n")
		if strings.Contains(stack, "/16-ctxio.") && !strings.Contains(state, "(durable)") {
			states = append(states, state)
		}
	}
	return strings.Join(states, "\n")
}
