package ctxio_test

import (
	"runtime"
	"strings"
)

const (
	// lockedLooks is how many looks in a row tell a goroutine that waits at a
	// mutex which stays locked from one that merely passes it. Each look stops
	// the world, and so lets all that run get on.
	lockedLooks = 50
	// busyLooks is how many tell a goroutine that is on its way from one that
	// runs in a circle.
	busyLooks = 1000
)

// settled waits until no other goroutine of the exercise runs, and reports
// whether virtual time can pass then: all of them wait in a way of which
// testing/synctest knows, or have ended. It reports false when one waits at a
// mutex, or runs on and on.
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

// others says what the other goroutines of the exercise are doing, those left
// out that wait durably. The buffer is for their stacks.
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
