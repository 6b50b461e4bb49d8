package main

import (
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
)

// tested saves the progress that a run of the learner's code would save, but
// runs nothing: tested EX [RED]. The requirements before RED pass, RED fails for
// want of an answer, and the rest is not reached. Without RED all pass. Most
// scripts need no more of a run than its progress; test.txtar compares this
// progress with that of a real run.
func tested(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: tested exercise [requirement]")
	}
	c, err := catalog.Open(ts.MkAbs("."))
	ts.Check(err)
	e, err := c.Find(args[0])
	ts.Check(err)
	ts.Check(e.Load())
	fingerprint, err := judge.Learner(e).Fingerprint()
	ts.Check(err)
	var warnings strings.Builder
	progress.Remember(&terminal.Screen{Out: io.Discard, Err: &warnings}, e, fingerprint, madeUp(e, args[1:]))
	if warnings.Len() > 0 {
		ts.Fatalf("%s", warnings.String())
	}
}

// madeUp returns the result of a fail-fast run in which a requirement failed, or
// none.
func madeUp(e *catalog.Exercise, red []string) judge.Result {
	r := judge.Result{Exercise: e.Name, Verdict: judge.Passed, FailFast: true}
	for _, q := range e.Requirements {
		result := judge.RequirementResult{Requirement: q, Status: judge.StatusPassed}
		switch {
		case r.Verdict == judge.Failed:
			result.Status = judge.StatusNotReached
		case len(red) > 0 && q.ID == red[0]:
			r.Verdict, result.Status = judge.Failed, judge.StatusFailed
			result.Failures = []failure.Failure{{Requirement: q.ID, Sentence: q.Sentence, Arena: q.Arenas[0], Symptom: failure.MissingTail, Got: `""`}}
		}
		r.Requirements = append(r.Requirements, result)
	}
	return r
}
