package subject

import (
	"path"
	"strings"
	"time"

	"socketkata/harness/traceback"
)

// Code is the package under test.
type Code struct {
	Pkg  string // its import path
	File string // the file that a learner edits, relative to the repository
}

// UnderTest returns the code that the test on the calling goroutine is for. The
// test's package is the innermost one outside the given package of the harness.
func UnderTest(harness string) Code {
	for _, f := range traceback.Callers() {
		if !strings.Contains(f.Func, harness+".") && !strings.Contains(f.Func, "/harness/subject.") {
			return codeOf(f.Func)
		}
	}
	return Code{} // a test calls this
}

// codeOf derives the code from the name of a function of its external test
// package, "socketkata/exercises/05-echo_test.TestHalfClose", or of the tests that
// a learner writes, "socketkata/exercises/05-echo/catch.TestHalfClose".
func codeOf(function string) Code {
	dir := path.Dir(function)
	name, _, _ := strings.Cut(path.Base(function), ".")
	name = strings.TrimSuffix(name, "_test")
	if name == "catch" {
		dir, name = path.Dir(dir), path.Base(dir)
	}
	_, slug, _ := strings.Cut(name, "-")
	rel := strings.TrimPrefix(dir+"/"+name, "socketkata/")
	return Code{Pkg: dir + "/" + name, File: rel + "/" + slug + ".go"}
}

// Before returns the IDs of all goroutines but the calling one, on which the
// script may run code of the subject.
func Before() map[uint64]bool {
	ids := make(map[uint64]bool)
	for _, g := range traceback.Goroutines() {
		ids[g.ID] = true
	}
	delete(ids, traceback.Current())
	return ids
}

// Runs reports whether a goroutine of this process neither ends nor waits within
// a tenth of a second.
func Runs(goroutine uint64) bool {
	for range 10 {
		time.Sleep(10 * time.Millisecond)
		if !runsNow(goroutine) {
			return false
		}
	}
	return true
}

func runsNow(goroutine uint64) bool {
	for _, g := range traceback.Goroutines() {
		if g.ID == goroutine {
			return g.Runs() || g.State == "syscall"
		}
	}
	return false
}
