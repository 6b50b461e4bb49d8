package judge

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/remote"
)

// TestForgersAreNotPassed judges candidates that do nothing but claim that they
// passed, in the process of the tests and in one of their own.
func TestForgersAreNotPassed(t *testing.T) {
	t.Parallel()
	c, err := catalog.Open("../..")
	require.NoError(t, err)
	e, err := c.Find("05")
	require.NoError(t, err)
	require.NoError(t, e.Load())
	a, err := txtar.ParseFile("testdata/forgers.txtar")
	require.NoError(t, err)
	forgers, batch := forgersOf(t, e, a)
	for _, forger := range forgers {
		for arena, o := range map[string]Options{"here": {}, "process": {Process: true}} {
			t.Run(forger.Name+"/"+arena, func(t *testing.T) {
				t.Parallel()
				if o.Process && !remote.Supported || forUnix(forger) && runtime.GOOS == "windows" {
					t.Skip("not on this platform")
				}
				o.NoVet, o.Only = true, []string{"R1", "R2", "R5"}
				if !o.Process && inBatch(forger) {
					o.Batch = batch
				}
				r, err := judgeAnything(t.Context(), e, forger, o) // if one got past the check of imports
				require.NoError(t, err)
				expectNotPassed(t, r)
			})
		}
	}
}

// forgersOf returns the candidates of the archive, and those that can be linked
// into one binary.
func forgersOf(t *testing.T, e *catalog.Exercise, a *txtar.Archive) (all []Candidate, batch *Batch) {
	t.Helper()
	for _, f := range a.Files[1:] {
		all = append(all, Candidate{Name: strings.TrimSuffix(f.Name, ".go"),
			Texts: map[string]string{"echo.go": string(a.Files[0].Data), "forge.go": string(f.Data)}})
	}
	batch, err := NewBatch(t.Context(), e, slices.DeleteFunc(slices.Clone(all), func(c Candidate) bool { return !inBatch(c) }))
	require.NoError(t, err)
	t.Cleanup(batch.Remove)
	return all, batch
}

// inBatch reports whether a forger leaves those linked with it alone: an init
// function would run for all.
func inBatch(c Candidate) bool {
	return !strings.Contains(c.Texts["forge.go"], "func init()") && !forUnix(c) &&
		!strings.Contains(c.Texts["forge.go"], `"socketkata/harness`) // refused before it is built
}

func forUnix(c Candidate) bool { return strings.Contains(c.Texts["forge.go"], "//go:build unix") }

func expectNotPassed(t *testing.T, r Result) {
	t.Helper()
	t.Log(summary(r), r.Why)
	require.NotEqual(t, Passed, r.Verdict)
	require.NotEqual(t, DoesNotCompile, r.Verdict, r.CompilerOutput)
	for _, q := range r.Requirements {
		require.NotEqual(t, StatusPassed, q.Status, q.ID)
		require.NotEqual(t, StatusSkipped, q.Status, q.ID)
		require.NotContains(t, q.Output, "invitation \"{", "the token can be read")
		require.NotContains(t, q.Output, "  ✗ R", "the bench's words are no output of the candidate's")
		require.LessOrEqual(t, len(q.Output), 1<<18, "output is capped")
	}
	i := slices.IndexFunc(r.Requirements, func(q RequirementResult) bool { return q.Status == StatusFailed })
	if i >= 0 {
		q := r.Requirements[i]
		t.Logf("%s\nyour code printed: %.300q", q.Failures[0].Text(failure.Options{}), q.Output)
	}
}
