package judge

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/observe"
	"socketkata/harness/source"
	"socketkata/harness/traceback"
)

// absorb takes what was seen in one round into the results.
func (r *run) absorb(seen *observe.Observation) {
	var dead *RequirementResult // began and never ended
	for i := range r.expected {
		q := &r.expected[i]
		l := seen.Log(q.Test, "")
		if q.Status != StatusNotReached || l == nil {
			continue
		}
		q.Elapsed += l.Elapsed
		q.Output = printed(seen, q.Test)
		switch {
		case l.Failed > 0 || raced(seen, q.Test):
			r.fail(q, seen)
		case l.Unfinished():
			if dead == nil || seen.Last.Test == q.Test {
				dead = q
			}
		default:
			r.settle(q, seen, l)
		}
	}
	r.strangers(seen)
	r.output = seen.Output()
	if dead != nil {
		r.fail(dead, seen)
	} else if !seen.Ended || seen.Killed {
		r.timedOut = r.timedOut || seen.Killed
		r.diedBetween(seen)
	} else if (seen.Failed && r.canary() == "" || seen.LateRace != "") && !r.anyFailed() {
		r.diedBetween(seen)
	}
}

// settle gives a requirement its result, if its test did not fail and each arena
// that belongs to it was seen to begin and to end.
func (r *run) settle(q *RequirementResult, seen *observe.Observation, l *observe.Log) {
	skipped := true
	for _, arena := range r.arenas(q) {
		a := seen.Log(q.Test, arena)
		if a == nil && l.Skipped > 0 {
			continue // the test skipped before its first arena
		}
		if a == nil || a.Unfinished() || a.Failed > 0 || len(a.Failures) > 0 || a.Began != l.Began {
			r.failUnplayed(q, arena)
			return
		}
		skipped = skipped && a.Passed == 0
	}
	if l.Skipped > 0 || skipped {
		q.Status, q.Skip = StatusSkipped, skipReason(seen, q.Test)
		return
	}
	if r.passes[q.Test] += l.Passed; r.passes[q.Test] >= r.needed() {
		q.Status = StatusPassed
	}
}

// arenas returns where the test of a requirement is played.
func (r *run) arenas(q *RequirementResult) []string {
	if r.o.Elsewhere() {
		return []string{failure.Process}
	}
	return q.Arenas
}

// failUnplayed fails a requirement whose test says that it passed, though it was
// not played everywhere.
func (r *run) failUnplayed(q *RequirementResult, arena string) {
	q.Status = StatusFailed
	f := r.failureOf(q, arena)
	f.Symptom, f.Reason = failure.Exit, "the test ended without being run"
	f.Got = "no result from the " + arena + " arena"
	f.Want = "every arena of the test runs: your code must not change what the test process runs"
	q.Failures = []failure.Failure{f}
}

// diedBetween finds whose fault it is that the process ended while no test was
// running: the last test to end left something behind, unless it failed, which
// explains the end.
func (r *run) diedBetween(seen *observe.Observation) {
	last := r.lastTest(seen)
	for i := range r.expected {
		if q := &r.expected[i]; q.Test == last && q.Status == StatusPassed {
			r.fail(q, seen)
		}
	}
}

// strangers notes failing tests that belong to no requirement: a learner's
// own. They do not report to the judge, so this is what the go command printed.
func (r *run) strangers(seen *observe.Observation) {
	for _, test := range seen.Strangers {
		if r.idOf(test) == "" && test != r.canary() {
			r.failing = append(r.failing, test)
		}
	}
}

func (r *run) idOf(test string) string {
	for _, q := range r.e.Requirements {
		if q.Test == test {
			return q.ID
		}
	}
	return ""
}

// giveUp fails what cannot be run, unless nothing ran at all.
func (r *run) giveUp() {
	if r.nothingRan() {
		return
	}
	for i := range r.expected {
		if q := &r.expected[i]; q.Status == StatusNotReached {
			q.Status = StatusFailed
			f := r.failureOf(q, "")
			f.Symptom, f.Reason = failure.Exit, "the process ended before the test began"
			q.Failures = []failure.Failure{f}
		}
	}
}

func (r *run) nothingRan() bool {
	for _, q := range r.expected {
		if !q.Elsewhere && q.Status != StatusNotReached {
			return false
		}
	}
	return true
}

// spareStub turns into a skip what the stub, in place of a server at an
// address, has failed: the test calls the exercise's functions itself.
func (r *run) spareStub() {
	for i := range r.expected {
		q := &r.expected[i]
		stub := slices.ContainsFunc(q.Failures, func(f failure.Failure) bool { return f.Stub != "" })
		if r.o.atAddress && q.Status == StatusFailed && stub {
			q.Status, q.Failures = StatusSkipped, nil
			q.Skip = "the test calls functions of the exercise; a server at an address cannot be called"
		}
	}
}

// result sums up what is known.
func (r *run) result() Result {
	r.spareStub()
	result := Result{Requirements: r.expected, Output: r.output, Verdict: Passed}
	count := map[Status]int{}
	for _, q := range r.expected {
		count[q.Status]++
	}
	switch {
	case r.nothingRan() && cannotStart(r.output) != "":
		result.Verdict = HarnessBroken
		result.Why = "the test binary cannot be started: " + cannotStart(r.output) + ": set GOTMPDIR to a folder where programs may run"
	case r.nothingRan() && len(r.tests(true)) > 0:
		result.Verdict, result.Why = NothingRan, r.whyNothing()
	case r.timedOut:
		result.Verdict = TimedOut
	case count[StatusFailed] > 0 || count[StatusNotReached] > 0:
		result.Verdict = Failed
	case len(r.failing) > 0:
		result.Verdict = Failed
		result.Why = fmt.Sprintf("%s failed; it belongs to no requirement", strings.Join(r.failing, ", "))
	case count[StatusPassed] == 0:
		result.Verdict = NothingRan
		result.Why = "every requirement was skipped: " + r.expected[0].Skip
	}
	return result
}

// whyNothing says why no test ran, from what the process left behind.
func (r *run) whyNothing() string {
	const before = "the process ended before its first test began: "
	if r.timedOut {
		return "the process had to be killed before its first test began: an init function, or the initializer of a package variable, never returns"
	}
	if _, c, crashed := traceback.FindCrash(r.output); crashed {
		return before + c.Message
	}
	if file := source.Tests(r.e.Dir)["TestMain"]; r.c.InPlace && file != "" {
		return before + "the TestMain in " + file + " must call m.Run"
	}
	if calls := exits(r.c); len(calls) > 0 {
		return before + "an init function, or the initializer of a package variable, called " + strings.Join(calls, " or ")
	}
	return before + "nothing in its output says why"
}
