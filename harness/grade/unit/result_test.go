package unit

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/grade/book"
	"socketkata/harness/judge"
)

// TestDecide: a requirement passes if every tier that can see it saw it pass, and
// code gains nothing by a skip of its own or by tampering.
func TestDecide(t *testing.T) {
	t.Parallel()
	loopback, memory := []string{failure.Loopback}, []string{failure.Memory, failure.Loopback}
	const passed, failed, skipped = judge.StatusPassed, judge.StatusFailed, judge.StatusSkipped
	for name, c := range map[string]struct {
		here, apart judge.Status // apart is "" if the tier does not exist
		arenas      []string
		own         unexpected // skips that the reference does not have
		tampered    bool
		passes      bool
		skips       bool
	}{
		"both passed":                             {here: passed, apart: passed, passes: true},
		"in process alone":                        {here: passed, passes: true},
		"failed in process":                       {here: failed, apart: passed},
		"failed apart":                            {here: passed, apart: failed},
		"skipped apart by design":                 {here: passed, apart: skipped, passes: true},
		"skipped apart by the code":               {here: passed, apart: skipped, own: unexpected{apart: true}},
		"skipped on this machine":                 {here: skipped, apart: skipped, skips: true},
		"skipped in process by the code":          {here: skipped, apart: passed, own: unexpected{here: true}},
		"tampered, and passed apart":              {here: passed, apart: passed, arenas: loopback, tampered: true, passes: true},
		"tampered, and failed apart":              {here: passed, apart: failed, arenas: loopback, tampered: true},
		"tampered, and another arena is needed":   {here: passed, apart: passed, arenas: memory, tampered: true},
		"tampered, and there is no tier apart":    {here: passed, arenas: loopback, tampered: true},
		"tampered, and skipped apart by design":   {here: passed, apart: skipped, arenas: loopback, tampered: true},
		"tampered, and skipped in process by it":  {here: skipped, apart: skipped, arenas: loopback, tampered: true, own: unexpected{true, true}},
		"not reached in process, passed apart":    {here: judge.StatusNotReached, apart: passed},
		"passed in process, not reached far away": {here: passed, apart: judge.StatusNotReached},
	} {
		e := &catalog.Exercise{Name: "05-echo"}
		q := judge.RequirementResult{Requirement: catalog.Requirement{ID: "R1", Arenas: c.arenas}, Status: c.here, Skip: "not here"}
		here, apart := judge.Result{}, judge.Result{}
		if c.tampered {
			here.Verdict = judge.Tampered
		}
		var away *judge.RequirementResult
		r := book.Result{Requirement: "R1", Tier: book.InProcess}
		if c.apart != "" {
			away = &judge.RequirementResult{Requirement: q.Requirement, Status: c.apart, Skip: "not apart"}
			if c.apart != skipped || c.own.apart {
				r.Tier = book.Apart
			}
		}
		decide(&r, e, here, &apart, q, away, c.own)
		require.Equal(t, c.passes, r.Passed, name)
		require.Equal(t, c.skips, r.Skipped != "", name)
		require.False(t, r.TimedOut, name)
		if !c.passes && !c.skips {
			require.NotEmpty(t, r.Text, "%s: the student reads why", name)
		}
	}
}

func TestTimedOut(t *testing.T) {
	t.Parallel()
	late := judge.RequirementResult{Status: judge.StatusFailed, Failures: []failure.Failure{{Symptom: failure.NeverReturned}}}
	passed := judge.RequirementResult{Status: judge.StatusPassed}
	for _, c := range []struct{ here, apart judge.RequirementResult }{{late, passed}, {passed, late}, {late, late}} {
		r := book.Result{Tier: book.Apart}
		decide(&r, &catalog.Exercise{}, judge.Result{}, &judge.Result{}, c.here, &c.apart, unexpected{})
		require.True(t, r.TimedOut)
	}
}

// TestStubSaysTheSame: which of its steps a stub fails first is chance, so a book
// does not tell.
func TestStubSaysTheSame(t *testing.T) {
	t.Parallel()
	e := &catalog.Exercise{Name: "05-echo"}
	texts := map[book.Result]bool{}
	for _, got := range []string{"silence: no byte came", "your code stopped reading"} {
		q := judge.RequirementResult{Requirement: catalog.Requirement{ID: "R1"}, Status: judge.StatusFailed, Failures: []failure.Failure{{
			Requirement: "R1", Sentence: "s", Got: got, Want: "bytes", Stub: "Serve is not written yet"}}}
		r := book.Result{Requirement: "R1"}
		say(&r, e, judge.Result{}, q)
		require.Equal(t, "not implemented yet: Serve is not written yet", r.Got)
		texts[r] = true
	}
	require.Len(t, texts, 1)
}

// TestSameCrashOnce: what ends one test after the other is told once, and another
// crash, or what a test saw itself, in full.
func TestSameCrashOnce(t *testing.T) {
	t.Parallel()
	e := &catalog.Exercise{Name: "05-echo"}
	crash := failure.Failure{Symptom: failure.Panic, Reason: "your code panicked", Got: "panic: nil map", Code: []string{"Serve at echo.go:25"}}
	elsewhere, other := crash, crash
	elsewhere.Code = []string{"Serve at echo.go:80"}
	other.Symptom, other.Reason = failure.EarlyEOF, "Serve echoes the message"
	var r judge.Result
	for i, f := range []failure.Failure{crash, other, crash, elsewhere, elsewhere} {
		f.Requirement = fmt.Sprintf("R%d", i+1)
		r.Requirements = append(r.Requirements, judge.RequirementResult{
			Requirement: catalog.Requirement{ID: f.Requirement}, Status: judge.StatusFailed, Failures: []failure.Failure{f}})
	}
	for i, as := range []string{"", "", "R1", "", "R4"} {
		q := r.Requirements[i]
		var out book.Result
		say(&out, e, r, q)
		require.Equal(t, "panic: nil map", out.Got, "%s: programs read it with each", q.ID)
		if as == "" {
			require.Contains(t, out.Text, "nil map", q.ID)
		} else {
			require.Contains(t, out.Text, "your code panicked, as in "+as+"\n")
			require.NotContains(t, out.Text, "nil map", q.ID)
		}
	}
}
