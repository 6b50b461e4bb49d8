package judge

import (
	"sync"
	"time"
)

// A watchdog ends a test process that outlives its own time limit: one that
// hangs in an init function, for example, before the limit is set up.
type watchdog struct {
	dump func() // makes the process say where it stands
	kill func()

	mu     sync.Mutex
	timer  *time.Timer
	killed bool
	over   bool
}

// watch sets the time left, counted from now.
func (w *watchdog) watch(limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.killed {
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = time.AfterFunc(limit, w.bite)
}

func (w *watchdog) bite() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.killed {
		return
	}
	w.killed = true
	w.dump()
	w.timer = time.AfterFunc(dumpGrace, w.kill)
}

// stop reports whether the watchdog had to act.
func (w *watchdog) stop() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
	return w.killed
}
