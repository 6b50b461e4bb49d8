package probe

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

// An account says of each requirement what a refused client means for it.
type account struct {
	gaps     []string // requirements that met a refusal before a later one was answered
	answered int      // the last requirement that was, as an index; -1 if none
}

func accountOf(r judge.Result) account {
	a := account{answered: -1}
	for i, q := range r.Requirements {
		if q.Status == judge.StatusPassed || q.Status == judge.StatusFailed && !refused(q) {
			a.answered = i
		}
	}
	for i, q := range r.Requirements {
		if i < a.answered && q.Status == judge.StatusFailed && refused(q) {
			a.gaps = append(a.gaps, q.ID)
		}
	}
	return a
}

// unreached reports whether requirement i was not reached, because the server
// had gone before it.
func (a account) unreached(i int, q judge.RequirementResult) bool {
	return i > a.answered && q.Status == judge.StatusFailed && refused(q)
}

// finding says that the server does not listen all the time, "" if it does.
func (a account) finding() string {
	if len(a.gaps) == 0 {
		return ""
	}
	return fmt.Sprintf("The listener has gaps: clients were refused in %s, and later ones were served.\n"+
		"A server that listens again for each client refuses those that come in between:\nlisten once, and accept in a loop.\n", strings.Join(a.gaps, ", "))
}

// refused reports whether a requirement failed because nobody listens, before
// anything had crossed a conn of its own.
func refused(q judge.RequirementResult) bool {
	return len(q.Failures) > 0 && q.Failures[0].Symptom == failure.Refused &&
		!slices.ContainsFunc(q.Failures[0].Wire, func(row string) bool { return strings.Contains(row, "▶") })
}
