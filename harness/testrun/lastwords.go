package testrun

import (
	"fmt"
	"regexp"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
)

// LastWords is what ends the output of a learner's run: what to do next.
func (run *Runner) LastWords(c *catalog.Catalog, e *catalog.Exercise, out Outcome) string {
	switch {
	case out.Result.Verdict != judge.Passed:
		return run.afterFailure(c, e, out.Result)
	case out.Own != "":
		return fmt.Sprintf("Every requirement of %s passes, but other tests in its folder fail: see above.\n", e.Name)
	}
	return run.afterSuccess(c, e)
}

// afterFailure is the last word of a run that did not pass.
func (run *Runner) afterFailure(c *catalog.Catalog, e *catalog.Exercise, r judge.Result) string {
	switch r.Verdict {
	case judge.DoesNotCompile:
		return doesNotCompile + run.inTests(e, r)
	case judge.RefusedByVet:
		return "\nThe code compiles, but go vet found a mistake, so no test ran.\nThe lines above say where.\n"
	case judge.HarnessBroken:
		return "\nThis is not your code's fault: nothing was tested.\n"
	case judge.NothingRan:
		return ""
	}
	passed, skipped, all := r.Count(catalog.Core)
	if passed+skipped < all {
		return ""
	}
	return fmt.Sprintf("The core of %s is done. Stay for the hardened part, or move on:\n%s.\n", e.Name, run.stayOrMove(c, e))
}

// stayOrMove names both commands: make test without EX moves on, which a
// learner who wants to stay must know.
func (run *Runner) stayOrMove(c *catalog.Catalog, e *catalog.Exercise) string {
	next := run.after(c, e)
	switch {
	case next == nil && run.Keys:
		return "l lists the others"
	case next == nil:
		return "make list shows the others"
	case run.Keys:
		return fmt.Sprintf("press n to move on to %s %s", next.EX(), next.Slug)
	}
	return fmt.Sprintf("make test EX=%s stays, make test EX=%s moves on to %s", e.EX(), next.EX(), next.Slug)
}

const doesNotCompile = `
The code does not compile, so no test ran. The lines above are the compiler's:
file, line, column and what it did not understand.
`

// inTests says what it means when the compiler complains only about the tests,
// which the learner never wrote.
func (run *Runner) inTests(e *catalog.Exercise, r judge.Result) string {
	places := regexp.MustCompile(`(?m)^\S+\.go:[0-9]+`).FindAllString(r.CompilerOutput, -1)
	if len(places) == 0 || len(e.Stub) == 0 {
		return ""
	}
	for _, place := range places {
		if !strings.Contains(place, "_test.go:") {
			return ""
		}
	}
	return fmt.Sprintf("They point at the tests, which call your code: a name or a type there differs\nfrom the stub, %s.\n", terminal.Here(e.Stub[0]))
}

// afterSuccess is the last word when everything is green.
func (run *Runner) afterSuccess(c *catalog.Catalog, e *catalog.Exercise) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", run.Paint(terminal.Green, "Well done: every requirement of "+e.Name+" passes."))
	if len(e.Reference) > 0 {
		fmt.Fprintf(&b, "compare: make compare EX=%s shows your code beside the reference\n", e.EX())
	}
	if next := run.after(c, e); next != nil && run.Keys {
		fmt.Fprintf(&b, "next:    press n to move on to %s %s\n", next.EX(), next.Slug)
	} else if next != nil {
		fmt.Fprintf(&b, "next:    make test EX=%s is %s\n", next.EX(), next.Slug)
	} else {
		fmt.Fprintf(&b, "next:    no unfinished exercise is left; make list shows them all\n")
	}
	return b.String()
}

// after returns the exercise to continue with after e.
func (run *Runner) after(c *catalog.Catalog, e *catalog.Exercise) *catalog.Exercise {
	s, _ := progress.Load(run.Screen, c.Root)
	return s.After(c, e)
}
