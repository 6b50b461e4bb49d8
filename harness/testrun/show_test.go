package testrun

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
)

// fixture returns a copy of the catalog's fixture: 05-echo with a core of three
// requirements and two hardened ones, and 06-lines with one.
func fixture(t *testing.T) (c *catalog.Catalog, five, six *catalog.Exercise) {
	t.Helper()
	archive, err := txtar.ParseFile("../catalog/testdata/repo.txtar")
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, txtar.Write(archive, root))
	c, err = catalog.Load(root)
	require.NoError(t, err)
	return c, c.Exercises[0], c.Exercises[1]
}

// outcome makes a result of one status for each requirement.
func outcome(e *catalog.Exercise, verdict judge.Verdict, statuses ...judge.Status) judge.Result {
	r := judge.Result{Exercise: e.Name, Verdict: verdict}
	for i, status := range statuses {
		r.Requirements = append(r.Requirements, judge.RequirementResult{Requirement: e.Requirements[i], Status: status})
	}
	return r
}

const (
	green   = judge.StatusPassed
	red     = judge.StatusFailed
	skipped = judge.StatusSkipped
	waiting = judge.StatusNotReached
)

// TestLastWords names what comes next by what was saved of each exercise.
func TestLastWords(t *testing.T) {
	t.Parallel()
	c, five, six := fixture(t)
	done, lines := outcome(five, judge.Passed, green, green, green, green, green), outcome(six, judge.Passed, green)
	half := outcome(five, judge.Failed, green, green, red, waiting, waiting)
	core := outcome(five, judge.Failed, green, green, skipped, red, waiting)
	const wellDone = "Well done: every requirement of 05-echo passes.\ncompare: make compare EX=05 shows your code beside the reference\n"
	const stay = "The core of 05-echo is done. Stay for the hardened part, or move on:\n"
	var out, warnings bytes.Buffer
	words := func(keys bool, e *catalog.Exercise, r judge.Result) string {
		run := &Runner{&terminal.Screen{Out: &out, Err: &warnings, Keys: keys}}
		progress.Remember(run.Screen, e, "sum", r)
		return run.LastWords(c, e, Outcome{Result: r})
	}

	require.Empty(t, words(false, five, half))
	require.Equal(t, stay+"make test EX=05 stays, make test EX=06 moves on to lines.\n", words(false, five, core))
	require.Equal(t, stay+"press n to move on to 06 lines.\n", words(true, five, core))
	require.Equal(t, wellDone+"next:    make test EX=06 is lines\n", words(false, five, done))
	require.Equal(t, wellDone+"next:    press n to move on to 06 lines\n", words(true, five, done))

	require.Equal(t, "Every requirement of 05-echo passes, but other tests in its folder fail: see above.\n",
		(&Runner{&terminal.Screen{}}).LastWords(c, five, Outcome{Result: done, Own: "--- FAIL: TestOwn"}))

	require.Contains(t, words(false, six, lines), "\nnext:    no unfinished exercise is left; make list shows them all\n")
	require.Equal(t, stay+"make list shows the others.\n", words(false, five, core))
	require.Equal(t, stay+"l lists the others.\n", words(true, five, core))
	require.Contains(t, words(false, six, lines), "\nnext:    make test EX=05 is echo\n", "every core is done")

	require.NoError(t, os.Remove(filepath.Join(five.Dir, "hints.md")))
	c, err := catalog.Open(c.Root)
	require.NoError(t, err)
	require.Contains(t, words(false, c.Exercises[1], lines), "\nnext:    no unfinished exercise is left", "a broken exercise cannot come next")
	require.Empty(t, out.String()+warnings.String())
}

// TestShow prints the first failure in full, and the others in a line.
func TestShow(t *testing.T) {
	t.Parallel()
	_, five, _ := fixture(t)
	r := outcome(five, judge.Failed, skipped, green, red, waiting, waiting)
	r.Requirements[0].Skip = "needs\x1b one"
	r.Requirements[2].Failures = []failure.Failure{{Requirement: "R3", Sentence: "three comes back", Got: `"two"`, Want: `"three"`}}
	r.Requirements[2].Output = "\n\x1b[31mred\r\n"
	show := func(r judge.Result, color bool) string {
		var out bytes.Buffer
		(&Runner{&terminal.Screen{Out: &out, Color: color}}).Show(five, r, false)
		return out.String()
	}
	require.Equal(t, `05 echo        core 1/3 · hardened 0/2

  ○ R1  one comes back (skipped: needs\x1b one)
  ✓ R2  two comes back
  ✗ R3  three comes back

        got   "two"
        want  "three"

        your code printed:
          \x1b[31mred

  · R4–R5 not reached

`, show(r, false))
	colored := show(r, true)
	require.Contains(t, colored, "\x1b[31m  ✗ R3")
	require.Contains(t, colored, "  \x1b[32m✓\x1b[0m R2  two comes back\n")
	require.Contains(t, colored, "\x1b[2m  · R4–R5 not reached\x1b[0m\n")

	r.Requirements[4].Status = red
	require.Contains(t, show(r, false), "  · R4 not reached\n  ✗ R5  five comes back\n", "another failure is one line")
}
