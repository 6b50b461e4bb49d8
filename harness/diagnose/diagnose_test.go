package diagnose

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

func mistake(name string, symptom failure.Symptom, requirements ...string) catalog.Mistake {
	return catalog.Mistake{Answer: catalog.Answer{Name: name}, Say: name, Symptoms: []failure.Symptom{symptom}, Requirements: requirements}
}

// failed returns a run in which these requirements fail as f does.
func failed(f failure.Failure, failFast bool, ids ...string) judge.Result {
	r := judge.Result{FailFast: failFast}
	for _, id := range []string{"R1", "R2", "R3", "R4", "R5"} {
		q := judge.RequirementResult{Requirement: catalog.Requirement{ID: id}, Status: judge.StatusPassed}
		if slices.Contains(ids, id) {
			q.Status, q.Failures = judge.StatusFailed, []failure.Failure{f}
		}
		r.Requirements = append(r.Requirements, q)
	}
	return r
}

func TestLikely(t *testing.T) {
	t.Parallel()
	e := &catalog.Exercise{Mistakes: []catalog.Mistake{
		mistake("overlap", failure.MissingTail, "R2", "R4"),
		mistake("same", failure.MissingTail, "R2", "R3", "R4"),
		mistake("apart", failure.MissingTail, "R2", "R5"),
		mistake("other-symptom", failure.Silence, "R2", "R3", "R4"),
		mistake("other-first", failure.MissingTail, "R1", "R2", "R3", "R4"),
	}}
	e.Mistakes[0].Arenas = []string{"memory"}
	e.Mistakes[2].Shows = []string{"set apart", "!at all"}
	saw := func(s failure.Symptom, arena, got string) failure.Failure {
		return failure.Failure{Symptom: s, Arena: arena, Got: got}
	}
	for _, test := range []struct {
		result judge.Result
		want   string
		why    string
	}{
		{failed(saw(failure.MissingTail, "memory", ""), false, "R2", "R3", "R4"), "same", "the same requirements fail"},
		{failed(saw(failure.MissingTail, "memory", ""), false, "R2", "R4"), "overlap", "the same requirements fail"},
		{failed(saw(failure.MissingTail, "memory", ""), true, "R2"), "", "two look like this"},
		{failed(saw(failure.MissingTail, "loopback", ""), true, "R2"), "same", "the other is caught in memory only"},
		{failed(saw(failure.MissingTail, "memory", "set apart"), true, "R2"), "apart", "it states more evidence"},
		{failed(saw(failure.MissingTail, "loopback", "set apart, not at all"), true, "R2"), "same", "what must not be seen is seen"},
		{failed(saw(failure.Silence, "memory", ""), true, "R2"), "other-symptom", "no other has the symptom"},
		{failed(saw(failure.Spin, "memory", ""), true, "R2"), "", "none has the symptom"},
		{failed(saw("", "", ""), false), "", "nothing fails"},
	} {
		name := ""
		if m := Likely(e, test.result); m != nil {
			name = m.Name
		}
		require.Equal(t, test.want, name, test.why)
	}
	both := failed(saw(failure.Silence, "memory", ""), true, "R2")
	q := &both.Requirements[1]
	q.Failures = append(q.Failures, saw(failure.MissingTail, "loopback", "set apart"))
	require.Equal(t, "other-symptom", Likely(e, both).Name, "a learner reads the first arena's failure")
	e.Mistakes[0].Say = "same"
	require.NotNil(t, Likely(e, failed(saw(failure.MissingTail, "memory", ""), true, "R2")), "both say the same")
}

func TestLockIsNoOtherMistake(t *testing.T) {
	t.Parallel()
	e := &catalog.Exercise{Mistakes: []catalog.Mistake{mistake("waits-for-newline", failure.Silence, "R1")}}
	f := failure.Failure{Symptom: failure.Silence, Code: []string{"Serve is blocked in Lock at echo.go:21 for 5s"}}
	require.Nil(t, Likely(e, failed(f, true, "R1")))
	e.Mistakes[0].Shows = []string{"it locks"}
	require.NotNil(t, Likely(e, failed(f, true, "R1")))
}

func TestEvidenceDoesNotDependOnStyle(t *testing.T) {
	t.Parallel()
	f := failure.Failure{
		Reason: "a reason", Got: "got", Want: "want", Mark: "a mark",
		Code: []string{
			"Serve is blocked in io.ReadAll at echo.go:21 for 5s",
			"2 goroutines are blocked (chan receive) at echo.go:30",
			"a goroutine is busy-looping: seen 9 times, last running at echo.go:4",
			"RoundTrip returned nil",
		},
		Wire: []string{
			`client                       your server`,
			`  │── "FIN" ────────────────▶│   0.1ms`,
			`  │── FIN ──────────────────▶│   0.1ms`,
			`  │◀────────────────── RST ──│   0.2ms`,
			`  │ · ctx is canceled ·      │   11.3ms`,
		},
	}
	require.Equal(t, `a reason
got
want
a mark
Serve is blocked in io.ReadAll at echo.go:21 for 5s
2 goroutines are blocked (chan receive) at echo.go:30
a goroutine is busy-looping: seen 9 times, last running at echo.go:4
RoundTrip returned nil
it reads
it waits
it runs
FIN came
RST went
ctx is done`, evidence(f))
	for call, want := range map[string][]string{
		"io.Copy": {"it reads", "it writes"}, "bufio.Scan": {"it reads"}, "Flush": {"it writes"}, "Accept": {"it accepts"},
		"unix.Poll": {"it polls"}, "Lock": {"it locks"}, "RLock": {"it locks"}, "Wait": {"it waits"}, "Unlock": nil,
	} {
		require.Equal(t, want, doing("a goroutine is blocked in "+call+" at x.go:1"), call)
	}
}
