// Package harness_test is the repository's own exam, run by make verify: the
// harness fails no right answer and passes no wrong one, and every exercise
// keeps to the conventions. Each message says what to do.
package harness_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/diagnose"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

// TestReferencesAndOtherRightAnswersPass runs the reference of every exercise,
// and each answer in another style, twice: in random order, with one processor
// and with four. The race detector, which takes three times as long to link,
// looks at the reference only. Many more repetitions, and the race detector
// for all, are TestSoak's.
func TestReferencesAndOtherRightAnswersPass(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		for i, c := range judge.Right(e) {
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				reference := i == 0
				o := judge.Options{Shuffle: true, CPU: "1,4", Race: reference && race(t)}
				r := judged(t, e, c, o, !reference)
				require.Equal(t, judge.Passed, r.Verdict, "right code was failed: %s", describe(r))
			})
		}
	})
}

// TestStubsFailEveryRequirement finds tests that cannot fail.
func TestStubsFailEveryRequirement(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		r := judged(t, e, judge.Stub(e), judge.Options{}, true)
		for _, q := range r.Requirements {
			if q.Status == judge.StatusSkipped {
				continue
			}
			require.Equal(t, judge.StatusFailed, q.Status,
				"%s passes with the stub: let its test meet the stub's error", q.ID)
			for _, f := range q.Failures {
				require.Equal(t, failure.NotWritten, f.Symptom,
					"%s fails with the stub, but without saying that nothing is written yet: %s", q.ID, f.Got)
			}
		}
	})
}

// TestMistakesFailWhereTheySay holds each known mistake to its header:
// it fails in exactly the requirements that it names, in every arena where it
// claims to, and its own sentence is among those a learner gets to read.
func TestMistakesFailWhereTheySay(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		for _, v := range e.Mistakes {
			t.Run(v.Name, func(t *testing.T) {
				t.Parallel()
				var o judge.Options
				if inVain(v) {
					o.Env = []string{"KATA_SLOW=0.4"}
				}
				if o.Race = v.NeedsRace(); o.Race && !race(t) {
					t.Skip("only the race detector sees this mistake, and it is not available here")
				}
				r := judged(t, e, judge.Answer(v.Answer), o, !o.Race)
				require.NotEqual(t, judge.DoesNotCompile, r.Verdict, r.CompilerOutput)
				require.Equal(t, expected(e, v, r), failing(r),
					"\"Caught by\" in %s does not name what fails: %s", e.Rel(v.File), describe(r))
				checkArenas(t, e, v, r)
				checkDiagnosis(t, e, v, r)
			})
		}
	})
}

// inVain reports whether the mistake lets its script wait for what never comes:
// then the wait is cut short. Other waits only have to outlast a busy machine.
func inVain(v catalog.Mistake) bool {
	return slices.ContainsFunc(v.Symptoms, func(s failure.Symptom) bool {
		switch s {
		case failure.Silence, failure.MissingTail, failure.StaysOpen, failure.NotReading, failure.NeverHappened, failure.NeverReturned:
			return true
		}
		return false
	})
}

// expected returns the requirements that the mistake names, without those
// that are skipped here.
func expected(e *catalog.Exercise, v catalog.Mistake, r judge.Result) []string {
	var ids []string
	for _, q := range r.Requirements {
		if slices.Contains(v.Requirements, q.ID) && q.Status != judge.StatusSkipped {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

func failing(r judge.Result) []string {
	var ids []string
	for _, q := range r.Requirements {
		if q.Status != judge.StatusPassed && q.Status != judge.StatusSkipped {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

// checkArenas wants a failure in every arena that the mistake claims. A
// requirement whose test ended the process says nothing about arenas.
func checkArenas(t *testing.T, e *catalog.Exercise, v catalog.Mistake, r judge.Result) {
	t.Helper()
	for _, q := range r.Requirements {
		if q.Status != judge.StatusFailed || ended(q) {
			continue
		}
		for _, arena := range q.Arenas {
			if len(v.Arenas) > 0 && !slices.Contains(v.Arenas, arena) {
				continue
			}
			require.True(t, slices.ContainsFunc(q.Failures, func(f failure.Failure) bool { return f.Arena == arena }),
				"%s of %s is not caught in the arena %s: make its script catch it there, or limit the mistake with an \"Arenas:\" line: %s",
				q.ID, e.Rel(v.File), arena, describe(r))
		}
	}
}

// ended reports whether the requirement's test took its process with it.
func ended(q judge.RequirementResult) bool {
	return slices.ContainsFunc(q.Failures, func(f failure.Failure) bool {
		return f.Symptom == failure.Exit || f.Symptom == failure.Panic || f.Symptom == failure.Race ||
			f.Symptom == failure.Spin || f.Symptom == failure.NeverReturned
	})
}

// checkDiagnosis wants a learner who made this mistake to read its own sentence,
// so no other mistake's is shown for it.
func checkDiagnosis(t *testing.T, e *catalog.Exercise, v catalog.Mistake, r judge.Result) {
	t.Helper()
	first := r.FirstFailure()
	if first == nil {
		return
	}
	require.NotEmpty(t, first.Failures, "%s failed without saying how", first.ID)
	require.Contains(t, v.Symptoms, first.Failures[0].Symptom,
		"the first symptom of %s is another one than its header says", e.Rel(v.File))
	require.True(t, len(v.Shows) > 0 || ended(*first),
		"%s is told for every failure of %s like this one: say in a \"Shows:\" line which step fails", e.Rel(v.File), first.ID)
	for _, failFast := range []bool{false, true} { // a learner's run knows less
		r.FailFast = failFast
		said := diagnose.Likely(e, r)
		require.NotNil(t, said, "a learner who makes this mistake is told about none: %s\n%s",
			"tell it apart from those that begin with the same failure by a \"Shows:\" line, or let them say the same", describe(r))
		require.Equal(t, v.Say, said.Say,
			"a learner who makes this mistake is told about %s: tell them apart by a \"Shows:\" line with words of the failure\n%s", said.Name, describe(r))
	}
}

// TestEveryRequirementIsProven wants a known mistake for each requirement.
func TestEveryRequirementIsProven(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		for _, q := range e.Requirements {
			require.True(t, slices.ContainsFunc(e.Mistakes, func(v catalog.Mistake) bool {
				return slices.Contains(v.Requirements, q.ID)
			}), "no mistake fails in %s (%s): add one to %s/testdata/wrong", q.ID, q.Sentence, e.Rel(e.SolutionDir))
		}
		require.GreaterOrEqual(t, len(e.Right), 2, "an exercise needs two right answers in other styles than the reference's")
	})
}

// TestSkippedByDesign checks when a skipped requirement keeps the exam from
// remembering a part: not where it is skipped on every machine.
func TestSkippedByDesign(t *testing.T) {
	t.Parallel()
	var r judge.Result
	r.Requirements = []judge.RequirementResult{{Status: judge.StatusSkipped}}
	require.True(t, lacksCapability(r, judge.Options{}))
	require.False(t, lacksCapability(r, judge.Options{Process: true}))
	require.False(t, lacksCapability(r, judge.Options{}.AtAddress("127.0.0.1:1")))
}

// describe says in a few lines what a run saw.
func describe(r judge.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s\n%s", r.Candidate, r.Verdict, r.Why, r.CompilerOutput)
	for _, q := range r.Requirements {
		if q.Status == judge.StatusPassed {
			continue
		}
		fmt.Fprintf(&b, "%s %s %s\n", q.ID, q.Status, q.Skip)
		for _, f := range q.Failures {
			fmt.Fprintf(&b, "%s\n", f.Text(failure.Options{}))
		}
	}
	return b.String()
}
