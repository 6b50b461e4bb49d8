package judge

import (
	"fmt"
	"strings"

	"socketkata/harness/failure"
)

// fail marks a requirement as failed and collects what is known about it, arena
// by arena.
func (r *run) fail(q *RequirementResult, rec *record) {
	q.Status = StatusFailed
	q.Failures = nil
	seen := map[string]bool{} // arenas
	add := func(f failure.Failure) {
		if !seen[f.Arena] {
			seen[f.Arena] = true
			q.Failures = append(q.Failures, f)
		}
	}
	top := rec.logs[q.Test]
	for _, sub := range rec.subtests(q.Test) {
		for _, f := range sub.failures {
			add(f)
		}
		if len(sub.failures) == 0 && (sub.failed > 0 || sub.unfinished()) {
			add(r.explain(q, rec, sub, arenaOf(sub)))
		}
	}
	for _, f := range top.failures {
		add(f)
	}
	if len(q.Failures) == 0 {
		add(r.explain(q, rec, top, ""))
	}
}

// failureOf is what every failure of a requirement begins with.
func (r *run) failureOf(q *RequirementResult, arena string) failure.Failure {
	return failure.Failure{Requirement: q.ID, Sentence: q.Sentence, Arena: arena, File: r.mainFile()}
}

// explain makes a failure for a test that did not write one itself. A panic of
// the test's own goroutine stands in the log of the top-level test.
func (r *run) explain(q *RequirementResult, rec *record, l *testLog, arena string) failure.Failure {
	f := r.failureOf(q, arena)
	top := rec.logs[q.Test]
	dying := rec.endedIn(q.Test)
	death := ""
	if dying {
		if death = l.death.String(); !credible(death) {
			death = top.death.String()
		}
		if !credible(death) {
			death = ""
		}
	}
	switch {
	case dying && rec.killed || strings.HasPrefix(death, "panic: test timed out") || strings.HasPrefix(death, "SIGQUIT: "):
		r.timedOut = true
		f.Symptom, f.Reason = failure.NeverReturned, fmt.Sprintf("the test goes on for more than %s", r.timeout)
		f.Code = standing(r.e, death)
	case death != "":
		r.explainDeath(&f, death)
	case dying && l.failed == 0:
		f.Symptom = failure.Exit
		f.Reason = "the process ended in the middle of the test; os.Exit and log.Fatal do that"
		if !l.unfinished() {
			f.Reason = "the process ended right after the test, by something it left running"
		}
		f.Got = lastLines(printed(rec, q.Test), 3)
	case raceReport(rec, l, top) != "":
		f.Symptom, f.Reason = failure.Race, "two goroutines use the same memory without agreement, and one writes"
		f.Code = racePlaces(r.e, raceReport(rec, l, top))
	default:
		f.Symptom, f.Reason = failure.WrongValue, "the test's own words"
		f.Got = strings.TrimSpace(logged(text(&l.out)))
		if f.Got == "" {
			f.Got = strings.TrimSpace(text(&l.out))
		}
	}
	return f
}

// explainDeath reads a panic or a fatal error of the runtime.
func (r *run) explainDeath(f *failure.Failure, death string) {
	first := strings.TrimSuffix(firstLine(death), " [recovered, repanicked]")
	f.Code = panicPlace(r.e, death)
	if strings.Contains(first, "unexpected call to os.Exit") {
		f.Symptom, f.Reason = failure.Exit, "os.Exit was called in the middle of the test"
		return
	}
	f.Symptom, f.Reason, f.Got = failure.Panic, "the process panicked", first
	if len(f.Code) > 0 {
		f.Reason = "your code panicked"
	}
	if strings.HasPrefix(first, "signal: ") {
		f.Symptom, f.Reason = failure.Exit, "the process was ended by a signal in the middle of the test"
	}
}

func raceReport(rec *record, l, top *testLog) string {
	if l.raced {
		return l.race.String()
	}
	if top.raced {
		return top.race.String()
	}
	// With parallel subtests the report may stand in another one's log.
	for _, sub := range rec.subtests(top.name) {
		if sub.raced && strings.Contains(text(&l.out), "race detected during execution of test") {
			return sub.race.String()
		}
	}
	return ""
}

// arenaOf returns the arena that a subtest plays in, "" if it is none.
func arenaOf(l *testLog) string {
	_, arena, _ := strings.Cut(l.name, "/")
	switch arena {
	case "memory", "virtual", "loopback":
		return arena
	}
	return ""
}

// logsOf returns the logs of a test and its subtests.
func logsOf(rec *record, test string) []*testLog {
	var logs []*testLog
	for _, l := range rec.order {
		if l.name == test || strings.HasPrefix(l.name, test+"/") {
			logs = append(logs, l)
		}
	}
	return logs
}

func anyOf(logs []*testLog, is func(*testLog) bool) *testLog {
	for _, l := range logs {
		if is(l) {
			return l
		}
	}
	return nil
}

// allSkipped reports whether the test has subtests and each was skipped.
func allSkipped(rec *record, l *testLog) bool {
	subs := rec.subtests(l.name)
	return len(subs) > 0 && anyOf(subs, func(l *testLog) bool { return l.skipped == 0 }) == nil
}

// skipReason returns the words of the first skip.
func skipReason(rec *record, test string) string {
	for _, l := range logsOf(rec, test) {
		if words := strings.TrimSpace(logged(text(&l.out))); l.skipped > 0 && words != "" {
			return firstLine(words)
		}
	}
	return "the test gives no reason"
}
