package compare

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/record"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// ofFixture returns a comparison of an exercise of the catalog's fixture, and
// where it is printed.
func ofFixture(t *testing.T, name string) (*comparison, *bytes.Buffer) {
	t.Helper()
	archive, err := txtar.ParseFile("../catalog/testdata/repo.txtar")
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, txtar.Write(archive, root))
	fixture, err := catalog.Load(root)
	require.NoError(t, err)
	e, err := fixture.Find(name)
	require.NoError(t, err)
	var out bytes.Buffer
	return &comparison{Runner: &testrun.Runner{Screen: &terminal.Screen{Out: &out, Err: &out}}, e: e}, &out
}

// remember saves a run of the code that is there, with these statuses.
func (c *comparison) remember(t *testing.T, statuses ...judge.Status) {
	t.Helper()
	var r judge.Result
	for i, status := range statuses {
		r.Requirements = append(r.Requirements, judge.RequirementResult{Requirement: c.e.Requirements[i], Status: status})
	}
	fingerprint, err := judge.Learner(c.e).Fingerprint()
	require.NoError(t, err)
	progress.Remember(c.Screen, c.e, fingerprint, r)
}

const (
	green   = judge.StatusPassed
	red     = judge.StatusFailed
	waiting = judge.StatusNotReached
)

// TestFindStatus asks the last run of the same code, and leaves out what is red
// unless the comparison is forced.
func TestFindStatus(t *testing.T) {
	t.Parallel()
	c, out := ofFixture(t, "05")
	c.remember(t, green, green, green, red, waiting)
	require.NoError(t, c.findStatus(t.Context()))
	require.Equal(t, []string{"R1", "R2", "R3"}, c.only)
	require.True(t, c.coreDone())
	c.only, c.force = nil, true
	require.NoError(t, c.findStatus(t.Context()))
	require.Equal(t, []string{"R1", "R2", "R3", "R4"}, c.only, "the first red one shows how it fails")
	c.only = nil
	c.remember(t, red, waiting, waiting, waiting, waiting)
	require.NoError(t, c.findStatus(t.Context()))
	require.Equal(t, []string{"R1"}, c.only)
	require.False(t, c.coreDone())
	require.Empty(t, out.String(), "nothing runs")
}

// TestShowMistakes shows those that an earlier run looked like, and no mistake
// that the code may still make.
func TestShowMistakes(t *testing.T) {
	t.Parallel()
	c, out := ofFixture(t, "05")
	show := func(met []string, all bool, statuses ...judge.Status) string {
		c.met, c.all, c.status = met, all, map[string]judge.Status{}
		for i, status := range statuses {
			c.status[c.e.Requirements[i].ID] = status
		}
		out.Reset()
		c.showMistakes()
		return out.String()
	}
	met := []string{"forgets-three"}

	text := show(met, false, green, green, green, green, green)
	require.Contains(t, text, "Your earlier runs looked like these. ")
	require.Contains(t, text, "\n  R3  Three is left out, as it often is.\n")
	require.Contains(t, text, "\nYou avoided 1 other known mistake: make compare EX=05 ALL=1 shows them.\n")
	require.NotContains(t, text, "Even numbers")

	text = show(nil, true, green, green, green, green, green)
	require.NotContains(t, text, "Your earlier runs")
	require.Contains(t, text, "\nYou avoided 2 known mistakes. Each would fail the requirement beside it. ")
	require.Contains(t, text, "\n  R2  Even numbers are left out.\n")

	text = show(met, true, green, green, green, red, waiting)
	require.Contains(t, text, "\n  R3  Three is left out")
	require.NotContains(t, text, "Even numbers")
	require.Contains(t, text, "\nMistakes that also show in R4 are left out: your code does not pass there\n")

	require.Contains(t, show(met, true, red, waiting, waiting, waiting, waiting), "\nNone can be ruled out yet.\n")
}

// TestShowEqualCode has an exercise without known mistakes and other right
// answers.
func TestShowEqualCode(t *testing.T) {
	t.Parallel()
	c, out := ofFixture(t, "06")
	text, err := os.ReadFile(c.e.Reference[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(judge.Learner(c.e).Files["lines.go"], text, 0o644))
	c.only = []string{"R1"}
	c.yours = []record.Record{said("R1", "memory", "line", 1, 1)}
	c.theirs = c.yours
	require.NoError(t, c.show())
	require.Contains(t, out.String(), "\nyour code and the reference are equal\n")
	require.Contains(t, out.String(), "\nThis exercise has no known mistakes yet.\n")
	require.Contains(t, strings.ReplaceAll(out.String(), "\n", " "), " conversation with each of them. ")
	require.NotContains(t, out.String(), "Other right answers")
}

// TestShowWhatFails draws how the first red requirement fails, and has no
// figures of it.
func TestShowWhatFails(t *testing.T) {
	t.Parallel()
	mine := said("R1", "memory", "mine", 1, 1)
	mine.Passed = false
	text := shownConversations([]record.Record{mine}, []record.Record{said("R1", "memory", "else", 1, 1)})
	require.Contains(t, text, "\n  R1  your code fails here (memory, client 1)\n")
	require.Contains(t, text, "\nThere are no figures: your code does not pass any script yet.\n")
}
