// Package tell says what happens in a test: to the judge, if one is listening,
// or else in the output of go test, for people and other tools.
package tell

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"

	"socketkata/harness/failure"
	"socketkata/harness/results"
	"socketkata/harness/traceback"
)

// Requirement says that the test of a requirement begins, and later how it
// ends. Other tools read the requirement from an attribute of the test.
func Requirement(t *testing.T, id string) {
	done := false
	t.Cleanup(func() { End(t, &done) })
	if results.Inherited() == nil {
		t.Attr(failure.AttrRequirement, id)
	}
	Begin(t)
	done = true // a panic in an arena ends the process before the cleanup
}

// name returns the test's name and the arena, "" for the requirement itself.
func name(t *testing.T) (test, arena string) {
	test, arena, _ = strings.Cut(t.Name(), "/")
	return test, arena
}

// Begin says that a test begins.
func Begin(t *testing.T) {
	test, arena := name(t)
	results.Inherited().Begin(test, arena)
}

// End says how a test has ended, unless it panics: then the process is about to
// die, and has no result. done is set if it does not.
func End(t *testing.T, done *bool) {
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

// Skip ends the test and says why.
func Skip(t *testing.T, reason string) {
	t.Helper()
	test, arena := name(t)
	results.Inherited().Skip(test, arena, reason)
	t.Skip(reason)
}

// RaceLog returns the file that the race detector has open once it has reported
// a race, "" if there is none.
func RaceLog() string { return results.Inherited().RaceLog() }

// Failure says why a test fails. It does not fail the test.
func Failure(t *testing.T, f failure.Failure) {
	t.Helper()
	if !judged(t, f) {
		fmt.Fprintf(t.Output(), "%s:\n%s\n", scriptLine(), text(f))
	}
}

// LastFailure is [Failure] before the process ends, when what package testing
// holds back would be lost. It may be called in any goroutine.
func LastFailure(t *testing.T, f failure.Failure) {
	if !judged(t, f) {
		fmt.Fprintln(os.Stdout, text(f))
	}
}

// Unstoppable says that the process ends because of a failure of which
// [Failure] was told.
func Unstoppable(f failure.Failure) {
	if results.Inherited() != nil {
		return
	}
	if !testing.Verbose() { // what the test has printed would be lost
		fmt.Fprintln(os.Stdout, text(f))
	}
	fmt.Fprintln(os.Stdout, "the tests stop here: nothing can end that goroutine")
}

// judged tells the judge of a failure and reports whether there is one. Other
// tools read an attribute of the test.
func judged(t *testing.T, f failure.Failure) bool {
	judge := results.Inherited()
	if judge == nil {
		t.Attr(failure.AttrFailure, f.Encode())
		return false
	}
	test, arena := name(t)
	judge.Fail(test, arena, f.Encode())
	return true
}

// Printed passes on what the subject's process has printed, never as output of
// the test itself: a reader would take it for the bench's.
func Printed(t *testing.T, text string) {
	judge := results.Inherited()
	if judge == nil && text != "" {
		fmt.Fprintf(os.Stdout, "your code printed:\n%s\n", failure.Visible(text))
		return
	}
	test, arena := name(t)
	judge.Print(test, arena, text)
}

// scriptLine returns the line of the script that is being played, as
// "echo_test.go:21": the innermost that is in a Test function, not in a helper.
func scriptLine() string {
	for _, f := range traceback.Callers() {
		if strings.Contains(f.Func, ".Test") && strings.HasSuffix(f.File, "_test.go") {
			return f.Place()
		}
	}
	return "the end of the script"
}

// text is how a failure looks in the output of go test.
func text(f failure.Failure) string {
	number, _, _ := strings.Cut(path.Base(path.Dir(f.File)), "-")
	if f.Requirement == "" { // a test of the learner's own
		return f.Text(failure.Options{})
	}
	return f.Text(failure.Options{
		Contract: path.Dir(f.File) + "/README.md " + f.Requirement,
		Hint:     "make hint EX=" + number,
	})
}
