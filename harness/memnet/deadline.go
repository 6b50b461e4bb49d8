package memnet

import "time"

// A deadline is an instant and the timer that wakes the goroutines waiting for
// it. The lock of its owner guards it. The zero value never passes.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

// set moves the deadline to at; the zero time takes it away. Later, in a
// goroutine of its own, wake runs; for an instant that is past already it
// does not, so the caller must wake the waiters itself.
func (d *deadline) set(at time.Time, wake func()) {
	d.stop()
	if at.IsZero() {
		d.at = at
		return
	}
	now := time.Now()
	wait := at.Sub(now)
	// On the monotonic clock, which the timer uses too: a wall clock that is
	// set back must not make passed say no after the timer has fired.
	d.at = now.Add(wait)
	if wait > 0 {
		d.timer = time.AfterFunc(wait, wake)
	}
}

// passed asks the clock, not the timer: a caller that slept until the deadline
// sees it passed even when the timer's goroutine has not run yet.
func (d *deadline) passed() bool {
	return !d.at.IsZero() && !time.Now().Before(d.at)
}

// stop forgets the timer. One that still fires does no harm: it only wakes
// waiters, and these check again what they wait for.
func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
