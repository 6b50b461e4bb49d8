package wait

import (
	"fmt"
	"os"
	"slices"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/slow"
	"socketkata/harness/subject"
	"socketkata/harness/traceback"
)

const (
	// scriptLimit nests: a step ends before its script, and that before go
	// test's -timeout.
	scriptLimit = 60 * time.Second
	// A script in virtual time takes little real time.
	virtualScriptLimit = 30 * time.Second
	// looks is how often a guard looks until the limit of the script is over.
	looks = 60
	// patience is how many times its limit a script gets on a busy machine.
	patience = 5
)

// A Guard ends the process when a script cannot go on although none of its steps
// gives up. That happens when the subject's code runs on the script's own
// goroutine, or stops virtual time (a goroutine that waits for a mutex or never
// waits at all). Nothing else can stop such code.
//
// It does so as soon as a step would have given up, if everything is blocked,
// and otherwise when the limit of the script is over. A script that has used
// little processor time by then is one of a busy machine, whose steps give up by
// themselves: it gets longer.
type Guard struct {
	Head   failure.Failure // what the failure begins with
	Pkg    string          // import path of the subject
	Script string          // function that plays the script: "socketkata/harness/peer.(*Bench).play"
	Before map[uint64]bool // goroutines that are not the script's
	Report func(failure.Failure)

	limit   time.Duration
	begun   time.Duration // processor time that had been used when the script began
	used    time.Duration // and at the last look
	blocked int           // looks in a row at which the script could not go on
}

// Start starts the guard and returns the function that stops it.
func (g *Guard) Start() (stop func()) {
	g.limit = slow.Stretch(scriptLimit)
	if g.Head.Arena == failure.Virtual {
		g.limit = slow.Stretch(virtualScriptLimit)
	}
	g.begun, _ = leak.CPUTime()
	done := make(chan struct{})
	ticker := time.NewTicker(g.limit / looks)
	go g.watch(ticker.C, done)
	return func() {
		ticker.Stop()
		close(done)
	}
}

// watch counts looks, not the time of the clock, so that the time that the
// process spent suspended does not count.
func (g *Guard) watch(ticks <-chan time.Time, done <-chan struct{}) {
	defer subject.LookOn()()
	every := g.limit / looks
	for n := 1; ; n++ {
		select {
		case <-done:
			return
		case <-ticks:
		}
		if g.blocked++; g.alive() || g.Head.Arena != failure.Virtual && g.call() == "" {
			g.blocked = 0
		}
		if time.Duration(g.blocked)*every > slow.Stretch(limit) {
			g.end(slow.Stretch(limit))
		}
		if g.spent(n) {
			g.end(time.Duration(n) * every)
		}
		g.used, _ = leak.CPUTime() // without what the guard itself has used
	}
}

// progress is more processor time than a process uses that only waits.
const progress = 2 * time.Millisecond

// alive reports whether anything has run since the last look or wants to. It
// looks at the goroutines only if hardly anything has run: that takes long if there
// are many.
func (g *Guard) alive() bool {
	used, _ := leak.CPUTime()
	return used-g.used >= progress || subject.AnyRuns()
}

// call returns the function of the subject that the script's goroutine is in, if
// any.
func (g *Guard) call() string {
	for _, r := range traceback.Of(traceback.Goroutines(), g.Pkg) {
		if slices.ContainsFunc(r.Frames, func(f traceback.Frame) bool { return f.Func == g.Script }) {
			return r.Outermost(g.Pkg).Name()
		}
	}
	return ""
}

// spent reports whether the script has had its time after n looks.
func (g *Guard) spent(n int) bool {
	return n >= looks && !g.starved() || n >= patience*looks
}

// starved reports whether the machine is so busy that the script may just not
// have had its turn: see [Wait.over].
func (g *Guard) starved() bool {
	used, known := leak.CPUTime()
	return known && used-g.begun < g.limit/4
}

// end reports where the subject's goroutines are and ends the process.
func (g *Guard) end(after time.Duration) {
	f := g.Head
	f.Symptom = failure.NeverReturned
	f.Reason = "your code does not block the test"
	f.Got = fmt.Sprintf("the test is still running after %v", after)
	f.Want = "every call returns"
	if call := g.call(); call != "" {
		f.Got, f.Want = call+" has not returned", call+" returns"
	}
	stopsClock := false
	for _, r := range subject.Own(g.Pkg, g.Before) {
		if r.Runs() {
			f.Symptom = failure.Spin
		}
		stopsClock = stopsClock || r.Locks()
		if len(f.Code) < codeRows {
			f.Code = append(f.Code, subject.Unnamed+" is "+r.Where(g.Pkg))
		}
	}
	if stopsClock && f.Arena == failure.Virtual {
		f.Got += ": virtual time stops while a goroutine waits for a mutex"
	}
	g.Report(f)
	os.Exit(1)
}
