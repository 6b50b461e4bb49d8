package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

// number is how a learner names the exercise: "05".
func number(e *catalog.Exercise) string { return e.Name[:2] }

// heading is the line above an exercise's requirements.
func (k *kata) heading(e *catalog.Exercise, facts string) string {
	return k.paint(bold, fmt.Sprintf("%-15s", number(e)+" "+e.Slug)) + facts
}

// counts says how much of each part passes: "core 2/5 · hardened 0/6".
func counts(core, hardened tally) string {
	if hardened.all == 0 {
		return "core " + core.String()
	}
	return fmt.Sprintf("core %s · hardened %s", core, hardened)
}

func countsOf(r judge.Result) string {
	var core, hardened tally
	core.passed, core.skipped, core.all = r.Count(catalog.Core)
	hardened.passed, hardened.skipped, hardened.all = r.Count(catalog.Hardened)
	return counts(core, hardened)
}

// show prints a result: the requirements in order, the first failure in full.
// With help it says what the failure looks like and where to read on.
func (k *kata) show(e *catalog.Exercise, r judge.Result, help bool) {
	if k.showUnplayed(e, r) {
		return
	}
	k.printf("%s\n\n", k.heading(e, countsOf(r)))
	first := r.FirstFailure()
	for i := range r.Requirements {
		q := &r.Requirements[i]
		if q != first {
			k.printf("%s\n", k.line(q))
			continue
		}
		k.printf("%s\n\n", k.failureText(e, r, q, help))
		if text := ownOutput(q.Output); text != "" {
			k.printf("        your code printed:\n%s\n\n", text)
		}
	}
	if r.Why != "" {
		k.printf("\n%s\n", visible(r.Why))
	}
	k.printf("\n")
}

// showUnplayed prints a result that has nothing to say of any requirement, and
// reports whether it is one.
func (k *kata) showUnplayed(e *catalog.Exercise, r judge.Result) bool {
	switch r.Verdict {
	case judge.DoesNotCompile, judge.RefusedByVet:
		k.printf("%s\n", visible(strings.TrimRight(k.compilerText(e, r), "\n")))
	case judge.NothingRan, judge.HarnessBroken:
		k.showNothing(r)
	default:
		return false
	}
	return true
}

// compilerText is what the compiler wrote at the root, with the learner's files
// as the folder kata was started in sees them.
func (k *kata) compilerText(e *catalog.Exercise, r judge.Result) string {
	there, here := e.Rel(e.Dir)+"/", strings.TrimSuffix(k.here(filepath.Join(e.Dir, "x")), "x")
	place := regexp.MustCompile(`(?m)^(vet: |\t)?` + there)
	return place.ReplaceAllString(r.CompilerOutput, "${1}"+here)
}

// line is one requirement in one line.
func (k *kata) line(q *judge.RequirementResult) string {
	text := fmt.Sprintf("%-3s %s", q.ID, q.Sentence)
	switch q.Status {
	case judge.StatusPassed:
		return "  " + k.paint(green, "✓") + " " + text
	case judge.StatusFailed:
		return "  " + k.paint(red, "✗") + " " + text
	case judge.StatusSkipped:
		return fmt.Sprintf("  ○ %s (skipped: %s)", text, visible(q.Skip))
	}
	return k.paint(dim, "  · "+text)
}

// failureText is the first failing arena of a requirement in full.
func (k *kata) failureText(e *catalog.Exercise, r judge.Result, q *judge.RequirementResult, help bool) string {
	f := failure.Failure{Requirement: q.ID, Sentence: q.Sentence}
	if len(q.Failures) > 0 {
		f = q.Failures[0]
	}
	if f.Artifact != "" {
		f.Artifact = k.here(f.Artifact)
	}
	files := judge.Learner(e).Files
	if !help {
		files = judge.Reference(e).Files
	}
	o := failure.Options{Color: k.color, Place: func(file string) string {
		if files[file] == "" {
			return ""
		}
		return k.here(files[file])
	}}
	if help {
		o.Contract = k.here(filepath.Join(e.Dir, "README.md")) + " " + q.ID
		o.Hint = "make hint EX=" + number(e)
		if k.keys {
			o.Hint = "press h"
		}
		for _, v := range judge.Diagnose(e, r) {
			o.Say = append(o.Say, v.Say)
		}
	}
	return f.Text(o)
}

// showNothing prints what is known when no test ran.
func (k *kata) showNothing(r judge.Result) {
	k.printf("%s: %s\n", r.Verdict, visible(r.Why))
	if text := strings.TrimRight(r.CompilerOutput, "\n"); text != "" {
		k.printf("\n%s\n", visible(text))
	}
	if text := ownOutput(r.Output); text != "" {
		k.printf("\n        the process printed:\n%s\n", text)
	}
}

const (
	shownLines = 20
	shownWidth = 400 // bytes of one line
)

// ownOutput fits what the learner's code printed to the margin: the last
// lines of it.
func ownOutput(text string) string {
	text = strings.Trim(text, "\n")
	if strings.TrimSpace(text) == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	var shown []string
	if left := len(lines) - shownLines; left > 0 {
		shown = append(shown, fmt.Sprintf("          … the lines before these %d are left out", shownLines))
		lines = lines[left:]
	}
	for _, line := range lines {
		if len(line) > shownWidth {
			line = strings.ToValidUTF8(line[:shownWidth], "") + " …"
		}
		shown = append(shown, "          "+visible(strings.TrimSuffix(line, "\r")))
	}
	return strings.Join(shown, "\n")
}

// afterFailure is the last word of a run that did not pass.
func (k *kata) afterFailure(c *catalog.Catalog, e *catalog.Exercise, r judge.Result) string {
	switch r.Verdict {
	case judge.DoesNotCompile:
		return doesNotCompile + k.inTests(e, r)
	case judge.RefusedByVet:
		return "\nThe code compiles, but go vet is sure of a mistake, so no test ran.\nThe lines above say where.\n"
	case judge.HarnessBroken:
		return "\nThis is not your code's fault: nothing was tested.\n"
	case judge.NothingRan:
		return ""
	}
	passed, skipped, all := r.Count(catalog.Core)
	if passed+skipped < all {
		return ""
	}
	return fmt.Sprintf("The core of %s is done. You may stay for the hardened part, or move on:\n%s.\n", e.Name, k.stayOrMove(c, e))
}

// stayOrMove names both ways: make test without EX is the way on, which whoever
// stays must know.
func (k *kata) stayOrMove(c *catalog.Catalog, e *catalog.Exercise) string {
	next := k.next(c, e)
	switch {
	case next == nil && k.keys:
		return "l lists the others"
	case next == nil:
		return "make list shows the others"
	case k.keys:
		return fmt.Sprintf("press n to go on with %s %s", number(next), next.Slug)
	}
	return fmt.Sprintf("make test EX=%s stays, make test EX=%s goes on with %s", number(e), number(next), next.Slug)
}

const doesNotCompile = `
The code does not compile, so no test ran. The lines above are the compiler's:
file, line, column and what it did not understand.
`

// inTests says what it means when the compiler stumbles over nothing but the
// tests, which the learner never wrote.
func (k *kata) inTests(e *catalog.Exercise, r judge.Result) string {
	places := regexp.MustCompile(`(?m)^\S+\.go:[0-9]+`).FindAllString(r.CompilerOutput, -1)
	if len(places) == 0 || len(e.Stub) == 0 {
		return ""
	}
	for _, place := range places {
		if !strings.Contains(place, "_test.go:") {
			return ""
		}
	}
	return fmt.Sprintf("They name the tests, which call your code: something there has another name or\nother types than in the stub, %s.\n", k.here(e.Stub[0]))
}

// afterSuccess is the last word when everything is green.
func (k *kata) afterSuccess(c *catalog.Catalog, e *catalog.Exercise, r judge.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", k.paint(green, "Well done: every requirement of "+e.Name+" holds."))
	if len(e.Reference) > 0 {
		fmt.Fprintf(&b, "compare: make compare EX=%s shows your code beside the reference, and what you avoided\n", number(e))
	}
	if next := k.next(c, e); next != nil && k.keys {
		fmt.Fprintf(&b, "next:    press n to go on with %s %s\n", number(next), next.Slug)
	} else if next != nil {
		fmt.Fprintf(&b, "next:    make test EX=%s is %s\n", number(next), next.Slug)
	} else {
		fmt.Fprintf(&b, "next:    no unfinished exercise is left; make list shows them all\n")
	}
	return b.String()
}
