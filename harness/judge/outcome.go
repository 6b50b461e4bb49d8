package judge

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/failure"
)

// absorb takes one round's record into the results.
func (r *run) absorb(rec *record) {
	var dead *RequirementResult // began and never ended
	for i := range r.expected {
		q := &r.expected[i]
		l := rec.logs[q.Test]
		if q.Status != StatusNotReached || l == nil {
			continue
		}
		q.Elapsed += l.elapsed
		q.Output = printed(rec, q.Test)
		switch {
		case l.failed > 0:
			r.fail(q, rec)
		case l.unfinished():
			if dead == nil || rec.last == l || strings.HasPrefix(rec.last.name, q.Test+"/") {
				dead = q
			}
		case l.skipped > 0 || allSkipped(rec, l):
			q.Status, q.Skip = StatusSkipped, skipReason(rec, q.Test)
		default:
			if r.passes[q.Test] += l.passed; r.passes[q.Test] >= r.needed() {
				q.Status = StatusPassed
			}
		}
	}
	r.strangers(rec)
	head, tail, _ := rec.output.parts()
	r.output = head + tail
	if dead != nil {
		r.fail(dead, rec)
	} else if !rec.ended || rec.killed {
		r.timedOut = r.timedOut || rec.killed
		r.diedBetween(rec)
	} else if rec.failed && !r.anyFailed() {
		r.failedOutside(rec)
	}
}

// diedBetween finds whose fault it is that the process ended while no test was
// running: the last test to end left something behind, unless it failed, which
// explains the end.
func (r *run) diedBetween(rec *record) {
	if rec.last == nil {
		return
	}
	top, _, _ := strings.Cut(rec.last.name, "/")
	for i := range r.expected {
		if q := &r.expected[i]; q.Test == top && q.Status == StatusPassed {
			r.fail(q, rec)
		}
	}
}

// failedOutside handles a process that failed although each test passed: the
// race detector spoke up after the last one, or a leftover did.
func (r *run) failedOutside(rec *record) {
	for i := range r.expected {
		q := &r.expected[i]
		if l := rec.logs[q.Test]; l != nil && anyOf(logsOf(rec, q.Test), func(l *testLog) bool { return l.raced }) != nil {
			r.fail(q, rec)
			return
		}
	}
	r.diedBetween(rec)
}

// strangers notes failing tests that belong to no requirement: a learner's
// own.
func (r *run) strangers(rec *record) {
	for _, l := range rec.order {
		known := strings.Contains(l.name, "/") || r.e.Requirement(r.idOf(l.name)) != nil
		if l.failed > 0 && !known {
			r.failing = append(r.failing, l.name)
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
func (r *run) giveUp(rec *record) {
	if r.nothingRan() {
		for _, l := range rec.order {
			r.output += text(&l.out)
		}
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

// spareStub makes a skip of what the stub failed in the place of a server at an
// address: the test calls the exercise's functions itself.
func (r *run) spareStub() {
	for i := range r.expected {
		q := &r.expected[i]
		stub := slices.ContainsFunc(q.Failures, func(f failure.Failure) bool { return f.Stub != "" })
		if r.o.atAddress && q.Status == StatusFailed && stub {
			q.Status, q.Failures = StatusSkipped, nil
			q.Skip = "the test calls functions of the exercise, and a server at an address is not called"
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
		return "the process had to be killed before its first test began: an init function or a package variable does not return"
	}
	if i := deathMark(r.output); i >= 0 {
		return before + firstLine(r.output[i:])
	}
	return before + "an init function may have called os.Exit"
}

func text(c *capped) string {
	head, tail, lost := c.parts()
	if lost > 0 {
		return head + fmt.Sprintf("\n… %d bytes are left out …\n", lost) + tail
	}
	return head + tail
}
