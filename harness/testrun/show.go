package testrun

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// Counts says how much of each tier passes: "core 2/5 · hardened 0/6".
func Counts(r judge.Result) string {
	core, _, coreAll := r.Count(catalog.Core)
	hardened, _, all := r.Count(catalog.Hardened)
	if all == 0 {
		return fmt.Sprintf("core %d/%d", core, coreAll)
	}
	return fmt.Sprintf("core %d/%d · hardened %d/%d", core, coreAll, hardened, all)
}

// Show prints a result: the requirements in order, the first failure in full.
// With help it says what the failure looks like and where to read on.
func (run *Runner) Show(e *catalog.Exercise, r judge.Result, help bool) {
	if run.ShowUnplayed(e, r) {
		return
	}
	run.Printf("%s\n\n", run.Heading(e.Label(), Counts(r)))
	first := r.FirstFailure()
	for i := range r.Requirements {
		q := &r.Requirements[i]
		if q != first {
			run.Printf("%s\n", run.Line(q))
			continue
		}
		run.Printf("%s\n\n", run.Failure(e, r, q, help))
		if text := ownOutput(q.Output); text != "" {
			run.Printf("        your code printed:\n%s\n\n", text)
		}
	}
	if r.Why != "" {
		run.Printf("\n%s\n", terminal.Visible(r.Why))
	}
	run.Printf("\n")
}

// ShowUnplayed prints a result that has nothing to say of any requirement, and
// reports whether it is one.
func (run *Runner) ShowUnplayed(e *catalog.Exercise, r judge.Result) bool {
	switch r.Verdict {
	case judge.DoesNotCompile, judge.RefusedByVet:
		run.Printf("%s\n", terminal.Visible(strings.TrimRight(run.compilerText(e, r), "\n")))
	case judge.NothingRan, judge.HarnessBroken:
		run.showNothing(r)
	default:
		return false
	}
	return true
}

// compilerText is what the compiler wrote at the root, with the learner's files
// as the folder kata was started in sees them.
func (run *Runner) compilerText(e *catalog.Exercise, r judge.Result) string {
	there, here := e.Rel(e.Dir)+"/", strings.TrimSuffix(terminal.Here(filepath.Join(e.Dir, "x")), "x")
	place := regexp.MustCompile(`(?m)^(vet: |\t)?` + there)
	return place.ReplaceAllString(r.CompilerOutput, "${1}"+here)
}

// Line is one requirement in one line.
func (run *Runner) Line(q *judge.RequirementResult) string {
	text := fmt.Sprintf("%-3s %s", q.ID, q.Sentence)
	switch q.Status {
	case judge.StatusPassed:
		return "  " + run.Paint(terminal.Green, "✓") + " " + text
	case judge.StatusFailed:
		return "  " + run.Paint(terminal.Red, "✗") + " " + text
	case judge.StatusSkipped:
		return fmt.Sprintf("  ○ %s (skipped: %s)", text, terminal.Visible(q.Skip))
	}
	return run.Paint(terminal.Dim, "  · "+text)
}

// Failure is the first failing arena of a requirement in full.
func (run *Runner) Failure(e *catalog.Exercise, r judge.Result, q *judge.RequirementResult, help bool) string {
	f := failure.Failure{Requirement: q.ID, Sentence: q.Sentence}
	if len(q.Failures) > 0 {
		f = q.Failures[0]
	}
	if f.Artifact != "" {
		f.Artifact = terminal.Here(f.Artifact)
	}
	files := judge.Learner(e).Files
	if !help {
		files = judge.Reference(e).Files
	}
	o := failure.Options{Color: run.Color, Place: func(file string) string {
		if files[file] == "" {
			return ""
		}
		return terminal.Here(files[file])
	}}
	if help {
		o.Contract = terminal.Here(filepath.Join(e.Dir, "README.md")) + " " + q.ID
		o.Hint = "make hint EX=" + e.EX()
		if run.Keys {
			o.Hint = "press h"
		}
		for _, v := range judge.Diagnose(e, r) {
			o.Say = append(o.Say, v.Say)
		}
	}
	return f.Text(o)
}

// showNothing prints what is known when no test ran.
func (run *Runner) showNothing(r judge.Result) {
	run.Printf("%s: %s\n", r.Verdict, terminal.Visible(r.Why))
	if text := strings.TrimRight(r.CompilerOutput, "\n"); text != "" {
		run.Printf("\n%s\n", terminal.Visible(text))
	}
	if text := ownOutput(r.Output); text != "" {
		run.Printf("\n        the process printed:\n%s\n", text)
	}
}

const shownLines = 20

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
		shown = append(shown, "          "+terminal.Visible(terminal.Shorten(strings.TrimSuffix(line, "\r"))))
	}
	return strings.Join(shown, "\n")
}
