package wait

import (
	"runtime"
	"testing/synctest"

	"socketkata/harness/traceback"
)

// Settle waits until all other goroutines of the bubble wait.
func (w *Waiter) Settle() {
	for turns := 1; w.Locks; turns = min(2*turns, 1000) {
		runs, locks, other := others()
		if !runs && !locks {
			break
		}
		if !runs && !other {
			return // synctest.Wait takes a goroutine that waits for a mutex for one that runs
		}
		for range turns { // a look stops all others
			runtime.Gosched()
		}
	}
	synctest.Wait()
}

// Rest is Settle for a subject that may wait for a mutex or run forever: it waits
// until no other goroutine of the bubble runs, or gives up.
func (w *Waiter) Rest() {
	turns := 1
	for range 100 {
		if runs, _, _ := others(); !runs {
			return
		}
		for range turns {
			runtime.Gosched()
		}
		turns = min(2*turns, 1000)
	}
}

// others reports what the other goroutines of the bubble do, apart from waiting for
// something in the bubble: whether one runs, waits for a mutex, or does anything
// else, such as a system call.
func others() (runs, locks, other bool) {
	all, self := traceback.Goroutines(), traceback.Current()
	bubble := ""
	for _, g := range all {
		if g.ID == self {
			bubble = g.Bubble
		}
	}
	for _, g := range all {
		switch {
		case g.ID == self, g.Bubble != bubble, g.Durable:
		case g.Runs():
			runs = true
		case g.Locks():
			locks = true
		default:
			other = true
		}
	}
	return runs, locks, other
}
