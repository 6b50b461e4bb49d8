package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/observe"
	"socketkata/harness/traceback"
)

// fail marks a requirement as failed and collects what is known about it, arena
// by arena.
func (r *run) fail(q *RequirementResult, seen *observe.Observation) {
	q.Status = StatusFailed
	q.Failures = nil
	told := map[string]bool{} // arenas
	add := func(f failure.Failure) {
		if !told[f.Arena] {
			told[f.Arena] = true
			q.Failures = append(q.Failures, f)
		}
	}
	for _, a := range seen.Arenas(q.Test) {
		for _, f := range a.Failures {
			add(f)
		}
		if len(a.Failures) == 0 && (a.Failed > 0 || a.Unfinished() || a.Race != "") {
			add(r.explain(q, seen, a))
		}
	}
	if len(q.Failures) == 0 {
		add(r.explain(q, seen, seen.Log(q.Test, "")))
	}
}

// failureOf is what every failure of a requirement begins with.
func (r *run) failureOf(q *RequirementResult, arena string) failure.Failure {
	return failure.Failure{Requirement: q.ID, Sentence: q.Sentence, Arena: arena, File: r.mainFile()}
}

// explain makes a failure for a test that did not write one itself.
func (r *run) explain(q *RequirementResult, seen *observe.Observation, l *observe.Log) failure.Failure {
	f := r.failureOf(q, l.Arena)
	dying := seen.EndedIn(q.Test)
	var death traceback.Crash
	crashed := false
	if dying {
		death, crashed = deathOf(seen)
	}
	switch {
	case dying && seen.Killed || strings.HasPrefix(death.Message, "panic: test timed out") || strings.HasPrefix(death.Message, "SIGQUIT: "):
		r.timedOut = true
		f.Symptom, f.Reason = failure.NeverReturned, fmt.Sprintf("the test runs for more than %s", r.timeout)
		f.Code = traceback.BlockedPlaces(r.pkg(), death)
	case crashed:
		r.explainDeath(&f, death)
	case dying && l.Failed == 0:
		f.Symptom = failure.Exit
		f.Reason = "the process exited during the test; os.Exit and log.Fatal do that"
		if !l.Unfinished() {
			f.Reason = "the process ended right after the test, because of something the test left running"
		}
		f.Got = lastLines(printed(seen, q.Test), 3)
		f.Code = exits(r.c)
	case raceReport(seen, l) != "":
		f.Symptom, f.Reason = failure.Race, "two goroutines access the same memory without synchronization, and one writes"
		f.Code = traceback.RacePlaces(r.pkg(), raceReport(seen, l))
	case l.Unfinished():
		f.Symptom, f.Reason = failure.Exit, "the test lost its connection to the judge"
		f.Got = "no result: code that closes a descriptor it did not open does that"
	default:
		f.Symptom, f.Reason = failure.WrongValue, "the test's own words"
		candidate, said := l.Printed()
		if f.Got = strings.TrimSpace(said); f.Got == "" {
			f.Got = strings.TrimSpace(candidate)
		}
	}
	return f
}

// explainDeath reads a panic or a fatal error of the runtime.
func (r *run) explainDeath(f *failure.Failure, c traceback.Crash) {
	f.Code = traceback.CrashPlace(r.pkg(), c)
	if strings.Contains(c.Message, "unexpected call to os.Exit") {
		f.Symptom, f.Reason = failure.Exit, "os.Exit was called during the test"
		return
	}
	f.Symptom, f.Reason, f.Got = failure.Panic, "the process panicked", c.Message
	if len(f.Code) > 0 {
		f.Reason = "your code panicked"
	}
	if strings.HasPrefix(c.Message, "signal: ") {
		f.Symptom, f.Reason = failure.Exit, "a signal ended the process during the test"
	}
}

// raced reports whether the race detector reported anything during a test.
func raced(seen *observe.Observation, test string) bool {
	return slices.ContainsFunc(logsOf(seen, test), func(l *observe.Log) bool { return l.Race != "" })
}

// raceReport returns the report for a test or an arena. One that was written
// while no arena ran belongs to the test as a whole.
func raceReport(seen *observe.Observation, l *observe.Log) string {
	return cmp.Or(l.Race, seen.Log(l.Test, "").Race)
}

// logsOf returns the logs of a test and its arenas.
func logsOf(seen *observe.Observation, test string) []*observe.Log {
	return slices.DeleteFunc(slices.Clone(seen.Logs), func(l *observe.Log) bool { return l.Test != test })
}

// skipReason returns the words of the first skip.
func skipReason(seen *observe.Observation, test string) string {
	for _, l := range logsOf(seen, test) {
		if l.Skipped > 0 && l.SkipReason != "" {
			return firstLine(l.SkipReason)
		}
	}
	return "the test gives no reason"
}
