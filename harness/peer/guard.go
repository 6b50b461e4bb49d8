package peer

import (
	"fmt"
	"os"
	"testing"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/slow"
	"socketkata/harness/traceback"
)

// guardLooks is how often a guard looks until the limit of the script is over.
const guardLooks = 60

// A guard ends the process when a script is still running long after every
// step of it should have given up. That happens when code of the subject runs
// on the script's own goroutine, or stands in the way of virtual time (a
// goroutine that waits for a mutex or never waits at all). Nothing else can
// stop such code.
type guard struct {
	t      *testing.T
	head   failure.Failure
	pkg    string
	before map[uint64]bool
	limit  time.Duration
	cpu    time.Duration // that had been used when the script began
	seen   time.Duration // and at the last look
}

// startGuard starts a guard and returns the function that ends it.
func startGuard(t *testing.T, head failure.Failure, pkg string, before map[uint64]bool) (stop func()) {
	g := &guard{t: t, head: head, pkg: pkg, before: before, limit: slow.Stretch(scriptLimit)}
	if head.Arena == string(Virtual) {
		g.limit = slow.Stretch(virtualLimit)
	}
	g.cpu, _ = leak.CPUTime()
	done := make(chan struct{})
	go g.watch(done)
	return func() { close(done) }
}

// watch counts looks, not the time of the clock, so that the time in which the
// process stood still does not count.
func (g *guard) watch(done <-chan struct{}) {
	ticker := time.NewTicker(g.limit / guardLooks)
	defer ticker.Stop()
	for looks := 1; looks < guardLooks || g.starved(); looks++ {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
	}
	g.bite()
}

// progress is processor time that a process does not use which only waits.
const progress = 2 * time.Millisecond

// starved reports whether the machine is so busy that the script may just not
// have had its turn: see [watch.over]. A goroutine that runs may sleep for a
// moment when the guard looks, so what was used since its last look counts.
func (g *guard) starved() bool {
	used, known := leak.CPUTime()
	alive := used-g.seen >= progress || anyRuns()
	g.seen, _ = leak.CPUTime() // without what the guard itself has used
	return known && used-g.cpu < g.limit/4 && alive
}

// bite reports where the subject stands and ends the process.
func (g *guard) bite() {
	f := g.head
	f.Symptom = failure.NeverReturned
	f.Reason = "your code does not block the test"
	f.Got = fmt.Sprintf("the test has not ended after %v", g.limit)
	f.Want = "every call returns"
	for _, r := range traceback.Of(traceback.Goroutines(), g.pkg) {
		if g.before[r.ID] {
			continue
		}
		if r.Runs() {
			f.Symptom = failure.Spin
		}
		if len(f.Code) < codeRows {
			f.Code = append(f.Code, "a goroutine is "+r.Where(g.pkg))
		}
	}
	if !tellFailure(g.t, f) {
		fmt.Fprintln(os.Stdout, text(f))
	}
	os.Exit(1)
}
