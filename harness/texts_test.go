package harness_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/diagnose"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

var update = flag.Bool("update", false, "write the failure texts of testdata/failures again")

// TestFailureTexts compares what a learner reads with what was recorded. Each
// file of testdata/failures is named after an exercise and one of its
// mistakes (or "stub"): 05-echo.whole-buffer.txt. To record another, create an
// empty file and run go test ./harness -run FailureTexts -update. Choose one whose
// wire and places do not depend on who came first: no two messages on their way
// at once, no memory of the whole process.
func TestFailureTexts(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		files, err := filepath.Glob(filepath.Join("testdata", "failures", e.Name+".*.txt"))
		require.NoError(t, err)
		for _, file := range files {
			_, mistake, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".txt"), ".")
			t.Run(mistake, func(t *testing.T) {
				t.Parallel()
				got := firstFailure(t, e, candidate(t, e, mistake))
				if *update {
					require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				}
				require.Equal(t, strings.Join(read(t, file), "\n")+"\n", got,
					"the text changed; if it is better now: go test ./harness -run FailureTexts -update")
			})
		}
	})
}

func candidate(t *testing.T, e *catalog.Exercise, mistake string) judge.Candidate {
	t.Helper()
	if mistake == "stub" {
		return judge.Stub(e)
	}
	for _, v := range e.Mistakes {
		if v.Name == mistake {
			return judge.Answer(v.Answer)
		}
	}
	t.Fatalf("%s has no mistake %q", e.Name, mistake)
	return judge.Candidate{}
}

// firstFailure returns the text that a learner with this candidate reads, with
// times left out.
func firstFailure(t *testing.T, e *catalog.Exercise, c judge.Candidate) string {
	t.Helper()
	o := judge.Options{FailFast: true, Env: []string{"KATA_STILL=1"}}
	r := judged(t, e, c, o, c.Name != judge.Stub(e).Name) // the stub's text names its own folder
	first := r.FirstFailure()
	require.NotNil(t, first, "%s did not fail", c.Name)
	require.NotEmpty(t, first.Failures)
	say := ""
	if m := diagnose.Likely(e, r); m != nil {
		say = m.Say
	}
	return first.Failures[0].Text(failure.Options{
		Say:      say,
		Contract: e.Rel(filepath.Join(e.Dir, "README.md")) + " " + first.ID,
		Hint:     "make hint EX=" + e.Name[:2], // what both kata and go test say
	}) + "\n"
}
