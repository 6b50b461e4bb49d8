package judge

import (
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/observe"
)

// A Linked is a test binary that the caller has built, with what [Overlay] writes.
type Linked struct {
	Command []string // the program that runs the tests, and its first arguments
	Convert string   // the program test2json
	Env     []string // the whole environment
	Witness string   // as Overlay returned it
	// Canary names a test in the binary that always fails, and runs last. What
	// passes in a process in which it did not fail does not count. Without it,
	// code and tests do not share a process.
	Canary string
}

// apart reports whether the code runs in a process of its own.
func (l *Linked) apart() bool { return l != nil && l.Canary == "" }

// command runs the binary as go test -json would.
func (l *Linked) command(e *catalog.Exercise, flags []string) command {
	args := append([]string{"-t", "-p", packageOf(e)}, l.Command...)
	args = append(args, "-test.v=test2json", "-test.paniconexit0")
	for _, f := range flags {
		args = append(args, "-test."+strings.TrimPrefix(f, "-"))
	}
	return command{name: l.Convert, args: args, dir: e.Dir}
}

// canary is the name of the test that always fails, "" if there is none.
func (r *run) canary() string {
	if r.o.Linked == nil {
		return ""
	}
	return r.o.Linked.Canary
}

// sing takes back what passed in a round in which the canary did not fail, and
// says in one sentence what shows that the process was tampered with. before is
// what was known before the round.
func (r *run) sing(seen *observe.Observation, before []RequirementResult) (tampered string) {
	if r.canary() == "" || len(seen.Logs) == 0 {
		return ""
	}
	failed, tampered := heard(seen.Log(r.canary(), ""))
	if failed || tampered != "" {
		return tampered
	}
	for i := range r.expected {
		q := &r.expected[i]
		if q.Status == StatusPassed && before[i].Status != StatusPassed {
			*q, r.passes[q.Test] = before[i], 0
		}
	}
	if !r.anyFailed() {
		return "the tests ended before the last one, which always fails"
	}
	return ""
}

// heard reports whether the canary failed, as it must, or else what shows that
// something kept it from failing. The log of a canary that did not begin is nil.
func heard(canary *observe.Log) (failed bool, tampered string) {
	if canary == nil {
		return false, ""
	}
	if canary.Passed > 0 || canary.Skipped > 0 || canary.Began > 1 {
		return false, "a test that always fails did not fail"
	}
	return canary.Failed == 1, ""
}

// distrust is the result of a run whose results cannot be trusted: the
// candidate's fault if it could reach the channel, else the harness's.
func (r *run) distrust(why string) Result {
	result := r.broken(why)
	if r.canary() != "" {
		result.Verdict = Tampered
	}
	return result
}

// lastTest is the last test that began, but for the canary.
func (r *run) lastTest(seen *observe.Observation) string {
	logs := append(slices.Clone(seen.Logs), seen.Last)
	i := len(logs) - 1
	for i >= 0 && (logs[i] == nil || logs[i].Test == r.canary()) {
		i--
	}
	if i < 0 {
		return ""
	}
	return logs[i].Test
}
