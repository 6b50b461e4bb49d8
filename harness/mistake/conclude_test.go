package mistake

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

var two = &catalog.Exercise{
	Requirements: []catalog.Requirement{
		{ID: "R1", Arenas: []string{"memory", "loopback"}}, {ID: "R2", Arenas: []string{"memory", "loopback"}},
	},
	Mistakes: []catalog.Mistake{
		{Answer: catalog.Answer{Name: "like"}, Requirements: []string{"R2"}, Symptoms: []failure.Symptom{failure.Reset}},
		{Answer: catalog.Answer{Name: "unlike"}, Requirements: []string{"R1"}, Symptoms: []failure.Symptom{failure.Reset}},
	},
}

// result has R2 fail in these arenas with this symptom.
func result(symptom failure.Symptom, arenas ...string) judge.Result {
	r := judge.Result{Verdict: judge.Failed}
	for _, q := range two.Requirements {
		r.Requirements = append(r.Requirements, judge.RequirementResult{Requirement: q, Status: judge.StatusPassed})
	}
	for _, arena := range arenas {
		last := &r.Requirements[1]
		last.Status = judge.StatusFailed
		last.Failures = append(last.Failures, failure.Failure{Requirement: "R2", Arena: arena, Reason: "in " + arena, Symptom: symptom})
	}
	return r
}

func TestConclude(t *testing.T) {
	for name, c := range map[string]struct {
		results []judge.Result
		want    string // of the header
		arenas  []string
	}{
		"everywhere":     {[]judge.Result{result(failure.Reset, "memory", "loopback"), result(failure.EarlyEOF, "memory", "loopback")}, "R2 (reset | early EOF)", nil},
		"in memory":      {[]judge.Result{result(failure.Silence, "memory"), result(failure.Silence, "memory", "loopback")}, "R2 (silence)", []string{"memory"}},
		"ends the tests": {[]judge.Result{result(failure.Exit, "memory")}, "R2 (exit)", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := conclude(two, c.results)
			require.NoError(t, err)
			require.Equal(t, c.want, f.caughtBy())
			require.Equal(t, c.arenas, f.arenas)
		})
	}
	f, err := conclude(two, []judge.Result{result(failure.Reset, "memory")})
	require.NoError(t, err)
	require.Equal(t, []string{"like"}, f.similar(two))
	require.Contains(t, f.header(), "Arenas: memory")
	require.Contains(t, f.header(), "Shows: in memory")
	f, err = conclude(two, []judge.Result{result(failure.Reset, "memory", "loopback"), result(failure.Reset, "loopback", "memory")})
	require.NoError(t, err)
	require.NotContains(t, strings.Join(f.header(), "\n"), "Shows", "the runs fail in different steps")
}

func TestConcludeRefuses(t *testing.T) {
	for want, results := range map[string][]judge.Result{
		"the runs differ: make the mistake fail every time, or the test catch it every time\n" +
			"R2 fails in 1 of 3 runs in the memory arena, for example:\n" + (failure.Failure{Requirement: "R2", Arena: "memory", Reason: "in memory", Symptom: failure.Reset}).Text(failure.Options{Indent: "  "}) +
			"\nR2 fails in 0 of 3 runs in the loopback arena": {
			result(failure.Reset, "memory"), result(failure.Reset), result(failure.Reset)},
		"no requirement fails in 2 runs: first give a test a step that catches the mistake": {
			result(failure.Reset), result(failure.Reset)},
		"no arena catches the mistake every time: make it fail there, or the test catch it\n" +
			"R2 fails in 1 of 2 runs in the memory arena, for example:\n" + (failure.Failure{Requirement: "R2", Arena: "memory", Reason: "in memory", Symptom: failure.Reset}).Text(failure.Options{Indent: "  "}) +
			"\nR2 fails in 1 of 2 runs in the loopback arena": {
			result(failure.Reset, "memory"), result(failure.Reset, "loopback")},
		"a run says nothing about the mistake: harness broken no overlay": {
			{Verdict: judge.HarnessBroken, Why: "no overlay"}},
	} {
		_, err := conclude(two, results)
		require.EqualError(t, err, want)
	}
}
