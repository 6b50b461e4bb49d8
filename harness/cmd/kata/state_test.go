package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// exerciseOf makes an exercise whose requirements R1, R2, … have these
// sentences.
func exerciseOf(name, slug string, sentences ...string) *catalog.Exercise {
	e := &catalog.Exercise{Name: name, Slug: slug}
	for i, sentence := range sentences {
		id := "R" + string(rune('1'+i))
		e.Requirements = append(e.Requirements, catalog.Requirement{ID: id, Sentence: sentence, Tier: catalog.Core})
	}
	return e
}

// after is the state after a run of e with these outcomes.
func after(e *catalog.Exercise, outcomes ...judge.Status) *state {
	run := saved{When: time.Unix(1, 0), Requirements: map[string]savedResult{}}
	for i, q := range e.Requirements {
		run.Requirements[q.ID] = savedResult{Sentence: sentenceHash(q.Sentence), Status: outcomes[i]}
	}
	return &state{Version: stateVersion, Exercises: map[string]saved{e.Name: run}}
}

func TestResultsSurviveANewNumber(t *testing.T) {
	t.Parallel()
	s := after(exerciseOf("05-echo", "echo", "one"), judge.StatusPassed)
	require.True(t, s.standing(exerciseOf("06-echo", "echo", "one")).done())
	require.False(t, s.standing(exerciseOf("05-lines", "lines", "one")).tested, "another exercise with the old number")
	require.False(t, s.standing(exerciseOf("05-ech", "ech", "one")).tested)
}

func TestTheSentenceIsWhatCounts(t *testing.T) {
	t.Parallel()
	before := exerciseOf("05-echo", "echo", "one", "two", "three")
	s := after(before, judge.StatusPassed, judge.StatusPassed, judge.StatusFailed)
	for name, c := range map[string]struct {
		sentences []string
		passed    int
		firstRed  string
	}{
		"the same":        {[]string{"one", "two", "three"}, 2, "R3"},
		"a new one first": {[]string{"new", "one", "two", "three"}, 2, "R4"},
		"one is gone":     {[]string{"two", "three"}, 1, "R2"},
		"order":           {[]string{"three", "two", "one"}, 2, "R1"},
		"reworded":        {[]string{"one", "second", "three"}, 1, "R3"},
		"all reworded":    {[]string{"1", "2", "3"}, 0, "R1"},
	} {
		st := s.standing(exerciseOf("05-echo", "echo", c.sentences...))
		require.Equal(t, c.passed, st.core.passed, name)
		require.Equal(t, c.firstRed, st.firstRed, name)
	}
}

func TestEqualSentencesAreToldApartByNumber(t *testing.T) {
	t.Parallel()
	e := exerciseOf("05-echo", "echo", "same", "same")
	for range 20 { // maps have no order
		st := after(e, judge.StatusPassed, judge.StatusFailed).standing(e)
		require.Equal(t, "R2", st.firstRed)
	}
}
