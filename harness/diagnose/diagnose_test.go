package diagnose

import (
	"slices"
	"strings"
	"testing"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

func mistake(name string, symptom failure.Symptom, requirements ...string) catalog.Mistake {
	return catalog.Mistake{Answer: catalog.Answer{Name: name}, Symptoms: []failure.Symptom{symptom}, Requirements: requirements}
}

// failing returns a run in which these requirements fail with the symptom.
func failing(symptom failure.Symptom, arena string, ids ...string) judge.Result {
	var r judge.Result
	for _, id := range []string{"R1", "R2", "R3", "R4", "R5"} {
		q := judge.RequirementResult{Requirement: catalog.Requirement{ID: id}, Status: judge.StatusPassed}
		if slices.Contains(ids, id) {
			q.Status, q.Failures = judge.StatusFailed, []failure.Failure{{Symptom: symptom, Arena: arena, Got: "set apart"}}
		}
		r.Requirements = append(r.Requirements, q)
	}
	return r
}

func TestLikely(t *testing.T) {
	t.Parallel()
	e := &catalog.Exercise{Mistakes: []catalog.Mistake{
		mistake("overlap", failure.MissingTail, "R2", "R4"),
		mistake("apart", failure.MissingTail, "R2", "R5"),
		mistake("same", failure.MissingTail, "R2", "R3", "R4"),
		mistake("other-symptom", failure.Silence, "R2", "R3", "R4"),
		mistake("other-first", failure.MissingTail, "R1", "R2", "R3", "R4"),
	}}
	e.Mistakes[0].Arenas = []string{"memory"}
	e.Mistakes[1].Shows = []string{"apart"}
	ambiguous := failing(failure.MissingTail, "memory", "R2")
	ambiguous.FailFast = true
	failFast := failing(failure.MissingTail, "loopback", "R2")
	failFast.FailFast = true
	told := failing(failure.MissingTail, "loopback", "R2")
	told.FailFast = true
	told.Requirements[1].Failures[0].Got = "nothing like the others"
	tests := []struct {
		result judge.Result
		want   string
	}{
		{failing(failure.MissingTail, "memory", "R2", "R3", "R4"), "same overlap"},
		{ambiguous, ""}, // three look like this
		{failFast, "apart same"},
		{told, "same"},
		{failing(failure.MissingTail, "loopback", "R2", "R3", "R4"), "same apart"},
		{failing(failure.Silence, "memory", "R2"), "other-symptom"},
		{failing(failure.Spin, "memory", "R2"), ""},
		{failing("", ""), ""},
	}
	for _, test := range tests {
		var names []string
		for _, v := range Likely(e, test.result) {
			names = append(names, v.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
