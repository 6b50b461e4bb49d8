package spawn

import (
	"sync"
	"time"
)

// dumpGrace is how long a process may take to print its goroutines.
const dumpGrace = 3 * time.Second

// A Watchdog ends a process that outlives its time limit: a test that hangs in
// an init function, for example, before its own limit is set up.
type Watchdog struct {
	Dump func() // makes the process print where it is blocked
	Kill func()

	mu     sync.Mutex
	timer  *time.Timer
	killed bool
	over   bool
}

// Watch sets the time left, counted from now.
func (w *Watchdog) Watch(limit time.Duration) {
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

func (w *Watchdog) bite() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.killed {
		return
	}
	w.killed = true
	w.Dump()
	w.timer = time.AfterFunc(dumpGrace, w.Kill)
}

// Acted reports whether the Watchdog has had to act.
func (w *Watchdog) Acted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.killed
}

// Stop ends the watch and reports whether the Watchdog had to act.
func (w *Watchdog) Stop() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
	return w.killed
}
