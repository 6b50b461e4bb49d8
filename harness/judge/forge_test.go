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
	for _, f := range a.Files[1:] {
		forger := Candidate{Name: strings.TrimSuffix(f.Name, ".go"),
			Texts: map[string]string{"echo.go": string(a.Files[0].Data), "forge.go": string(f.Data)}}
		for arena, o := range map[string]Options{"here": {}, "process": {Process: true}} {
			t.Run(forger.Name+"/"+arena, func(t *testing.T) {
				t.Parallel()
				if o.Process && !remote.Supported || strings.Contains(string(f.Data), "//go:build unix") && runtime.GOOS == "windows" {
					t.Skip("not on this platform")
				}
				o.NoVet, o.Only = true, []string{"R1", "R2", "R5"}
				r, err := judgeAnything(t.Context(), e, forger, o) // if one got past the check of imports
				require.NoError(t, err)
				expectNotPassed(t, r)
			})
		}
	}
}

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
