package peer

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"socketkata/harness/failure"
	"socketkata/harness/results"
)

// beginTest tells the judge that a requirement's test begins, and how it ends.
// Other tools read the requirement from an attribute of the test.
func beginTest(t *testing.T, requirement string) {
	done := false
	t.Cleanup(func() { tellEnd(t, &done) })
	if results.Inherited() == nil {
		t.Attr(failure.AttrRequirement, requirement)
	}
	tellBegin(t)
	done = true // a panic in an arena ends the process before the cleanup
}

// name returns the test's name and the arena, "" for the requirement itself.
func name(t *testing.T) (test, arena string) {
	test, arena, _ = strings.Cut(t.Name(), "/")
	return test, arena
}

func tellBegin(t *testing.T) {
	test, arena := name(t)
	results.Inherited().Begin(test, arena)
}

// tellEnd tells how the test ended, unless it panics: then the process is about
// to die, and has no result.
func tellEnd(t *testing.T, done *bool) {
	test, arena := name(t)
	switch {
	case t.Failed():
		results.Inherited().End(test, arena, results.Failed)
	case t.Skipped():
		results.Inherited().End(test, arena, results.Skipped)
	case *done:
		results.Inherited().End(test, arena, results.Passed)
	}
}

// skip ends the test and says why.
func skip(t *testing.T, reason string) {
	t.Helper()
	test, arena := name(t)
	results.Inherited().Skip(test, arena, reason)
	t.Skip(reason)
}

// tellFailure tells the judge of a failure and reports whether there is one.
// Other tools read an attribute of the test.
func tellFailure(t *testing.T, f failure.Failure) (judged bool) {
	judge := results.Inherited()
	if judge == nil {
		t.Attr(failure.AttrFailure, f.Encode())
		return false
	}
	test, arena := name(t)
	judge.Fail(test, arena, f.Encode())
	return true
}

// tellPrinted passes on what the subject's process printed, never as output of
// the test itself: who reads that would take it for the bench's.
func tellPrinted(t *testing.T, text string) {
	judge := results.Inherited()
	if judge == nil && text != "" {
		fmt.Fprintf(os.Stdout, "your code printed:\n%s\n", failure.Visible(text))
		return
	}
	test, arena := name(t)
	judge.Print(test, arena, text)
}
