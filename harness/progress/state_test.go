package progress

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// exerciseOf makes an exercise with these requirements, all of its core.
func exerciseOf(name, slug string, ids ...string) *catalog.Exercise {
	e := &catalog.Exercise{Name: name, Slug: slug}
	for _, id := range ids {
		e.Requirements = append(e.Requirements, catalog.Requirement{ID: id, Tier: catalog.Core})
	}
	return e
}

// after is the state after a run of e with these outcomes.
func after(e *catalog.Exercise, outcomes ...judge.Status) *State {
	run := Saved{When: time.Unix(1, 0), Requirements: map[string]judge.Status{}}
	for i, q := range e.Requirements {
		run.Requirements[q.ID] = outcomes[i]
	}
	return &State{Version: stateVersion, Exercises: map[string]Saved{e.Slug: run}}
}

func TestResultsSurviveANewExerciseNumber(t *testing.T) {
	t.Parallel()
	s := after(exerciseOf("05-echo", "echo", "R1"), judge.StatusPassed)
	require.True(t, s.Standing(exerciseOf("06-echo", "echo", "R1")).Done())
	require.False(t, s.Standing(exerciseOf("05-lines", "lines", "R1")).Tested, "another exercise with the old number")
	require.False(t, s.Standing(exerciseOf("05-ech", "ech", "R1")).Tested)
}

func TestResultsBelongToNumbersOfRequirements(t *testing.T) {
	t.Parallel()
	s := after(exerciseOf("05-echo", "echo", "R1", "R2", "R3"), judge.StatusPassed, judge.StatusPassed, judge.StatusFailed)
	for name, c := range map[string]struct {
		ids      []string
		passed   int
		firstRed string
	}{
		"the same":           {[]string{"R1", "R2", "R3"}, 2, "R3"},
		"another order":      {[]string{"R3", "R1", "R2"}, 2, "R3"},
		"one removed":        {[]string{"R2", "R3"}, 1, "R3"},
		"one appended":       {[]string{"R1", "R2", "R4"}, 2, "R4"},
		"a red one is first": {[]string{"R4", "R1", "R2", "R3"}, 2, "R3"},
	} {
		st := s.Standing(exerciseOf("05-echo", "echo", c.ids...))
		require.Equal(t, c.passed, st.Core.Passed, name)
		require.Equal(t, c.firstRed, st.FirstRed, name)
	}
}

const savedByVersion1 = `{
	"version": 1,
	"exercises": {
		"04-echo": {
			"when": "2026-01-01T08:00:00Z", "candidate": "older",
			"requirements": {"R1": {"sentence": "aaaaaaaaaaaa", "status": "failed"}}
		},
		"05-echo": {
			"when": "2026-11-20T08:00:00Z", "candidate": "sum",
			"requirements": {
				"R1": {"sentence": "aaaaaaaaaaaa", "status": "passed"},
				"R2": {"sentence": "bbbbbbbbbbbb", "status": "failed"}
			},
			"hints": {"bbbbbbbbbbbb": 2, "cccccccccccc": 1}
		},
		"09-lines": {"candidate": "", "requirements": {}}
	}
}
`

// TestVersion1IsMigrated reads a file as earlier versions of kata wrote it,
// changes something, and reads what was written.
func TestVersion1IsMigrated(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(Dir(root), 0o755))
	require.NoError(t, os.WriteFile(stateFile(root), []byte(savedByVersion1), 0o644))
	var warnings bytes.Buffer
	screen := &terminal.Screen{Out: io.Discard, Err: &warnings}
	want := Saved{When: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), Candidate: "sum",
		Requirements: map[string]judge.Status{"R1": judge.StatusPassed, "R2": judge.StatusFailed},
		Hints:        map[string]int{"R2": 2}}

	s, first := Load(screen, root)
	require.False(t, first)
	require.Equal(t, want, s.Exercises["echo"], "the later run of the two")
	require.False(t, s.Exercises["lines"].Ran())

	require.NoError(t, s.save(root))
	again, _ := Load(screen, root)
	require.Equal(t, s.Exercises, again.Exercises)
	text, err := os.ReadFile(stateFile(root))
	require.NoError(t, err)
	require.Contains(t, string(text), `"version": 2`)
	require.NotContains(t, string(text), "sentence")
	require.Empty(t, warnings.String())
	aside, err := filepath.Glob(stateFile(root) + ".*")
	require.NoError(t, err)
	require.Empty(t, aside)
}

// TestDamagedStates are moved aside.
func TestDamagedStates(t *testing.T) {
	t.Parallel()
	for text, problem := range map[string]string{
		`{`: "is damaged", `{"version": 0}`: "is damaged", `[]`: "is damaged",
		`{"version": 1, "exercises": []}`: "is damaged", `{"version": 2, "exercises": []}`: "is damaged",
		`{"version": 3}`: "comes from a newer version",
	} {
		_, got := decode([]byte(text))
		require.Equal(t, problem, got, text)
	}
}
