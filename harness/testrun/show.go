package testrun

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/diagnose"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// counts says how much of each tier passes: "core 2/5 · hardened 0/6".
func counts(r judge.Result) string {
	core, _, coreAll := r.Count(catalog.Core)
	hardened, _, all := r.Count(catalog.Hardened)
	switch {
	case coreAll == 0: // a run of one requirement
		return fmt.Sprintf("hardened %d/%d", hardened, all)
	case all == 0:
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
	run.Printf("%s\n\n", run.Heading(e.Label(), counts(r)))
	first := r.FirstFailure()
	for i := 0; i < len(r.Requirements); i++ {
		q := &r.Requirements[i]
		if n := unreached(r.Requirements[i:]); n > 0 {
			run.Printf("%s\n", run.Paint(terminal.Dim, "  · "+span(r.Requirements[i:i+n])+" not reached"))
			i += n - 1
			continue
		}
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

// unreached returns how many requirements, from the first on, were not reached.
func unreached(all []judge.RequirementResult) int {
	for n, q := range all {
		if q.Status != judge.StatusNotReached {
			return n
		}
	}
	return len(all)
}

// span names requirements that follow each other.
func span(all []judge.RequirementResult) string {
	if len(all) == 1 {
		return all[0].ID
	}
	return all[0].ID + "–" + all[len(all)-1].ID
}

// ShowUnplayed prints a result that says nothing about any requirement, and
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

const columns = 80

// Line is one requirement in one line, or in several if it does not fit.
func (run *Runner) Line(q *judge.RequirementResult) string {
	const margin = "        "
	text := q.Sentence
	if q.Status == judge.StatusSkipped {
		text += " (skipped: " + terminal.Visible(q.Skip) + ")"
	}
	text = fmt.Sprintf("%-3s ", q.ID) + strings.Join(terminal.Wrap(text, columns-len(margin)), "\n"+margin)
	switch q.Status {
	case judge.StatusPassed:
		return "  " + run.Paint(terminal.Green, "✓") + " " + text
	case judge.StatusFailed:
		return "  " + run.Paint(terminal.Red, "✗") + " " + text
	case judge.StatusSkipped:
		return "  ○ " + text
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
		if m := diagnose.Likely(e, r); m != nil {
			o.Say = m.Say
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
	if left := len(lines) - shownLines; left > 0 {
		note := fmt.Sprintf("          … the lines before these %d are left out\n", shownLines)
		return note + indented(lines[left:])
	}
	return indented(lines)
}

// firstLines is ownOutput for text whose beginning matters, such as a
// traceback.
func firstLines(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	if len(lines) <= shownLines {
		return indented(lines)
	}
	return indented(lines[:shownLines]) + fmt.Sprintf("\n          … %d more lines", len(lines)-shownLines)
}

func indented(lines []string) string {
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = "          " + terminal.Visible(terminal.Shorten(strings.TrimSuffix(line, "\r")))
	}
	return strings.Join(shown, "\n")
}
