package wait

import (
	"fmt"
	"os"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/slow"
	"socketkata/harness/subject"
)

const (
	// scriptLimit nests: a step ends before its script, and that before go
	// test's -timeout.
	scriptLimit = 60 * time.Second
	// A script in virtual time is quick by the clock on the wall.
	virtualScriptLimit = 30 * time.Second
	// looks is how often a guard looks until the limit of the script is over.
	looks = 60
)

// A Guard ends the process when a script still runs long after each of its steps
// should have given up. That happens when the subject's code runs on the
// script's own goroutine, or stops virtual time (a goroutine that waits for a
// mutex or never waits at all). Nothing else can stop such code.
type Guard struct {
	Head   failure.Failure // what the failure begins with
	Pkg    string          // import path of the subject
	Before map[uint64]bool // goroutines that are not the script's
	Report func(failure.Failure)

	limit time.Duration
	begun time.Duration // processor time that had been used when the script began
	used  time.Duration // and at the last look
}

// Start starts the guard and returns the function that stops it.
func (g *Guard) Start() (stop func()) {
	g.limit = slow.Stretch(scriptLimit)
	if g.Head.Arena == failure.Virtual {
		g.limit = slow.Stretch(virtualScriptLimit)
	}
	g.begun, _ = leak.CPUTime()
	done := make(chan struct{})
	go g.watch(done)
	return func() { close(done) }
}

// watch counts looks, not the time of the clock, so that the time that the
// process spent suspended does not count.
func (g *Guard) watch(done <-chan struct{}) {
	ticker := time.NewTicker(g.limit / looks)
	defer ticker.Stop()
	for n := 1; n < looks || g.starved(); n++ {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
	}
	g.end()
}

// progress is more processor time than a process uses that only waits.
const progress = 2 * time.Millisecond

// starved reports whether the machine is so busy that the script may just not
// have had its turn: see [Wait.over]. A goroutine that runs may sleep for a
// moment when the guard looks, so what was used since its last look counts.
func (g *Guard) starved() bool {
	used, known := leak.CPUTime()
	alive := used-g.used >= progress || subject.AnyRuns()
	g.used, _ = leak.CPUTime() // without what the guard itself has used
	return known && used-g.begun < g.limit/4 && alive
}

// end reports where the subject's goroutines are and ends the process.
func (g *Guard) end() {
	f := g.Head
	f.Symptom = failure.NeverReturned
	f.Reason = "your code does not block the test"
	f.Got = fmt.Sprintf("the test is still running after %v", g.limit)
	f.Want = "every call returns"
	for _, r := range subject.Own(g.Pkg, g.Before) {
		if r.Runs() {
			f.Symptom = failure.Spin
		}
		if len(f.Code) < codeRows {
			f.Code = append(f.Code, subject.Unnamed+" is "+r.Where(g.Pkg))
		}
	}
	g.Report(f)
	os.Exit(1)
}
