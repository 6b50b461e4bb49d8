package observe

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/results"
)

// An Observation is what one test process did. Only what came over the results
// channel says that a test passed; what was printed can only count against the
// candidate, and explain.
type Observation struct {
	Logs  []*Log // of tests and of their arenas, in the order they began
	Last  *Log   // began or ended last
	Began bool   // the test process was started
	// Ended says that the test process printed PASS or FAIL at its end. Its
	// absence counts against the candidate, its presence proves nothing.
	Ended    bool
	Failed   bool   // the process, or the go command for it, reported failure
	Killed   bool   // the process had to be killed
	Gone     bool   // the results channel ended before the process did, or with it
	Witness  string // what the witness of the overlay said
	Conflict string // one sentence about events that cannot be true together
	Crash    string // the traceback of the process, "" if there is none
	Signal   string // "signal: killed": what the go command says of a process that a signal ended
	LateRace string // reported by the race detector before the first test

	FailedBuilds []string          // the packages that were not built
	Builds       map[string]string // the first line that the compiler or vet wrote, by package
	Strangers    []string          // failing tests that are not the bench's

	build  head     // what the compiler or vet wrote
	output Capped   // printed outside any arena
	stray  Capped   // what is no event at all
	stderr Capped   // what the go command itself said
	last   []string // lines that are the go command's if no output follows

	mu      sync.Mutex // the channel and the output come from two goroutines
	logs    map[string]*Log
	divider divider
	cuts    []cut
	onStart func()
	onFirst func() // the first test begins
	onGone  func() // the results channel ended
	onTest  func(test string, status results.Status)
}

// A cut says where in the race detector's log the report of another test begins.
type cut struct {
	log *Log
	at  int64
}

func newObservation() *Observation {
	o := &Observation{logs: map[string]*Log{}, Builds: map[string]string{}}
	o.divider.to = o.attribute
	return o
}

// Log returns what is known of a test, or of an arena of it; nil if it never
// began.
func (o *Observation) Log(test, arena string) *Log {
	return o.logs[(&Log{Test: test, Arena: arena}).name()]
}

// Arenas returns the logs of a test's arenas, in the order they began.
func (o *Observation) Arenas(test string) []*Log {
	return slices.DeleteFunc(slices.Clone(o.Logs), func(l *Log) bool { return l.Test != test || l.Arena == "" })
}

// EndedIn reports whether the process died during a test, or after it and
// before the next.
func (o *Observation) EndedIn(test string) bool {
	return (!o.Ended || o.Killed || o.Crash != "") && o.Last != nil && o.Last.Test == test
}

// Build returns what the compiler, or vet, wrote.
func (o *Observation) Build() string { return o.build.String() }

// Output returns what was printed outside any arena.
func (o *Observation) Output() string { return o.output.String() }

// GoSaid returns what the go command itself said.
func (o *Observation) GoSaid() string { return o.stderr.String() + o.stray.String() }

func (o *Observation) log(test, arena string) *Log {
	l := &Log{Test: test, Arena: arena}
	if known := o.logs[l.name()]; known != nil {
		return known
	}
	o.logs[l.name()], o.Logs = l, append(o.Logs, l)
	return l
}

// result takes an event of the results channel.
func (o *Observation) result(e results.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e.Kind {
	case results.Witness:
		o.Witness = e.Text
	case results.Gone:
		o.Gone = true
		if o.onGone != nil {
			o.onGone()
		}
	case results.Began:
		o.begin(e)
	case results.Ended:
		o.end(e)
	case results.Reason, results.Failure, results.Printed:
		o.detail(e)
	default:
		o.contradict("the results channel carried an unknown event %q", e.Kind)
	}
}

func (o *Observation) begin(e results.Event) {
	if len(o.Logs) == 0 && o.onFirst != nil {
		o.onFirst()
	}
	l := o.log(e.Test, e.Arena)
	if l.Unfinished() {
		o.contradict("%s began twice without an end", l.name())
		return
	}
	l.Began++
	l.start, l.before = time.Now(), len(l.Failures)
	o.Last = l
	o.cuts = append(o.cuts, cut{l, e.Races})
	o.tell(e.Test, e.Arena, "")
}

func (o *Observation) end(e results.Event) {
	l := o.log(e.Test, e.Arena)
	if !l.Unfinished() {
		o.contradict("%s ended without a beginning", l.name())
		return
	}
	switch e.Status {
	case results.Passed:
		l.Passed++
	case results.Failed:
		l.Failed++
	case results.Skipped:
		l.Skipped++
	default:
		o.contradict("%s ended with an unknown status %q", l.name(), e.Status)
		return
	}
	if e.Status == results.Passed && len(l.Failures) > l.before {
		o.contradict("%s passed and failed", l.name())
	}
	l.Elapsed += time.Since(l.start)
	o.Last = l
	o.cuts = append(o.cuts, cut{l, e.Races})
	o.tell(e.Test, e.Arena, e.Status)
}

// detail takes what a test tells while it runs.
func (o *Observation) detail(e results.Event) {
	l := o.log(e.Test, e.Arena)
	if !l.Unfinished() {
		o.contradict("%s reported something while it was not running", l.name())
		return
	}
	switch e.Kind {
	case results.Reason:
		l.SkipReason = e.Text
	case results.Printed:
		l.print(e.Text)
	case results.Failure:
		f, err := failure.Decode(e.Text)
		if err != nil {
			o.contradict("%s reported a failure that cannot be read: %v", l.name(), err)
			return
		}
		l.Failures = append(l.Failures, f)
	}
}

// contradict notes the first contradiction.
func (o *Observation) contradict(format string, args ...any) {
	if o.Conflict == "" {
		o.Conflict = fmt.Sprintf(format, args...)
	}
}

func (o *Observation) tell(test, arena string, status results.Status) {
	if o.onTest != nil && arena == "" {
		o.onTest(test, status)
	}
}

// event takes an event that the go command printed.
func (o *Observation) event(e event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e.Action {
	case "build-output":
		o.build.WriteString(e.Output)
		if o.Builds[e.ImportPath] == "" {
			o.Builds[e.ImportPath] = e.Output
		}
	case "build-fail":
		o.FailedBuilds = append(o.FailedBuilds, e.ImportPath)
	case "start":
		if !o.Began && o.onStart != nil {
			o.onStart()
		}
		o.Began = true
	case "output":
		o.Ended = o.Ended || e.Test == "" && (e.Output == "PASS\n" || e.Output == "FAIL\n")
		o.print(e.Output)
	case "fail":
		if e.Test == "" && e.FailedBuild != "" {
			o.FailedBuilds = append(o.FailedBuilds, e.FailedBuild)
		}
		if e.Test != "" && !strings.Contains(e.Test, "/") && !slices.Contains(o.Strangers, e.Test) {
			o.Strangers = append(o.Strangers, e.Test)
		}
	}
}

// print takes a piece of output. The go command adds some lines of its own when
// the process has ended, perhaps in the middle of a test.
func (o *Observation) print(text string) {
	o.last = append(o.last, text)
	if isPackageLine(text) && len(o.last) <= 4 {
		return
	}
	for _, line := range o.last {
		o.divider.write(line)
	}
	o.last = nil
}

// attribute takes a piece of output and the name of what was running.
func (o *Observation) attribute(name, text string) {
	if name != "" {
		o.log(cutName(name)).print(text)
	} else if !isTestLine(text) {
		o.output.WriteString(text)
	}
}

// conclude sums up when the process is gone.
func (o *Observation) conclude(races string) {
	o.divider.close()
	for _, line := range o.last {
		if strings.HasPrefix(line, "signal: ") {
			o.Signal = strings.TrimSpace(line)
		}
	}
	for _, l := range o.Logs {
		l.endLine()
	}
	end := int64(len(races))
	for i := len(o.cuts) - 1; i >= 0; i-- {
		c := o.cuts[i]
		at := min(max(c.at, 0), end)
		c.log.Race = races[at:end] + c.log.Race
		end = at
	}
	o.LateRace = races[:end]
}
