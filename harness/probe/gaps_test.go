package probe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// shownFor is what kata prints for requirements R1, R2, … with these outcomes:
// "passed", "refused", "refused later" (in the middle of its script) or "wrong".
func shownFor(gone bool, outcomes ...string) string {
	r := judge.Result{Verdict: judge.Failed}
	for i, outcome := range outcomes {
		id := "R" + string(rune('1'+i))
		q := judge.RequirementResult{Requirement: catalog.Requirement{ID: id, Tier: catalog.Core, Sentence: "it works"}, Status: judge.StatusFailed}
		f := failure.Failure{Requirement: id, Sentence: "it works", Symptom: failure.Refused, Got: "connection refused", Wire: []string{"client   server", "  │◀─── refused ──│"}}
		switch outcome {
		case "passed":
			q.Status = judge.StatusPassed
		case "refused later":
			f.Wire = append(f.Wire[:1:1], "  │── \"hi\" ──▶│", f.Wire[1])
		case "wrong":
			f.Symptom = failure.WrongBytes
		}
		if q.Status == judge.StatusFailed {
			q.Failures = []failure.Failure{f}
		}
		r.Requirements = append(r.Requirements, q)
	}
	var out strings.Builder
	show(&testrun.Runner{Screen: &terminal.Screen{Out: &out}}, &catalog.Exercise{Name: "05-echo", Slug: "echo", Number: 5}, r, gone)
	return out.String()
}

// TestGapsAreNoEnd: a server that refuses a client and serves a later one has
// not ended, whatever the last dial says.
func TestGapsAreNoEnd(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		text := shownFor(gone, "passed", "refused", "wrong", "refused", "passed")
		require.Contains(t, text, "The listener has gaps: clients were refused in R2, R4, and later ones were served.\n")
		require.NotContains(t, text, "not reached")
		require.NotContains(t, text, "has ended")
	}
}

func TestEndIsNoGap(t *testing.T) {
	t.Parallel()
	text := shownFor(true, "passed", "refused", "refused")
	require.NotContains(t, text, "gaps")
	require.Equal(t, 2, strings.Count(text, "(not reached)"))
	require.Contains(t, text, "The server has ended, during R1 or right after it.")
}

// TestEndInMidScriptIsAFailure: the requirement had begun, so it has failed.
func TestEndInMidScriptIsAFailure(t *testing.T) {
	t.Parallel()
	text := shownFor(true, "passed", "refused later", "refused")
	require.Contains(t, text, "✗ R2")
	require.Equal(t, 1, strings.Count(text, "(not reached)"))
	require.Contains(t, text, "The server has ended, during R2 or right after it.")
}
