package harness_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/exam"
	"socketkata/harness/judge"
)

// judged is run for a candidate that is judged once in this test. If the same one
// was judged with the same inputs, and the test then passed, the result is
// recalled: a mistake that is added to an exercise costs one run and not fifty.
// If link is true, the candidate is a part of the exercise's batch.
func judged(t *testing.T, e *catalog.Exercise, c judge.Candidate, o judge.Options, link bool) judge.Result {
	t.Helper()
	part := "run " + t.Name()
	key, err := memory().Key(part+fmt.Sprintf("%+v %v", o, link)+code(t, c), exam.RunInputs(e.Name)...)
	require.NoError(t, err)
	var r judge.Result
	if memory().Recall(part, key, &r) {
		if lacksCapability(r, o) {
			dontRemember(t)
		}
		return r
	}
	if link {
		o.Batch = linked(t, e)
	}
	r = run(t, e, c, o)
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if err := memory().Keep(part, key, r); err != nil {
			t.Log(err) // then it is judged again
		}
	})
	return r
}

// code returns everything that makes one candidate differ from another.
func code(t *testing.T, c judge.Candidate) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%q %v %v", c.Name, c.InPlace, c.NoSolutions)
	for _, base := range slices.Sorted(maps.Keys(c.Texts)) {
		fmt.Fprintf(&b, " %q %q", base, c.Texts[base])
	}
	for _, base := range slices.Sorted(maps.Keys(c.Files)) {
		text, err := os.ReadFile(c.Files[base])
		require.NoError(t, err)
		fmt.Fprintf(&b, " %q %q", base, text)
	}
	return b.String()
}

// TestResultsAreKeptWhole: what is recalled of a run is what the run said.
func TestResultsAreKeptWhole(t *testing.T) {
	t.Parallel()
	e := exercises(t)[0]
	require.NoError(t, e.Check())
	r := run(t, e, judge.Stub(e), judge.Options{})
	m := exam.NewMemory(t.TempDir(), func(string) string { return "" })
	require.NoError(t, m.Keep("run stub", "key", r))
	var recalled judge.Result
	require.False(t, m.Recall("run stub", "another key", &recalled))
	require.True(t, m.Recall("run stub", "key", &recalled))
	require.Empty(t, cmp.Diff(r, recalled))
}
