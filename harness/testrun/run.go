// Package testrun is one test run of an exercise as a learner sees it: it runs
// the code, once more with the race detector when all is green, keeps the
// result for later commands, and prints it.
package testrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/racedetector"
	"socketkata/harness/terminal"
)

// A Runner runs candidates and prints the results.
type Runner struct{ *terminal.Screen }

// An Outcome is the result of a learner's run.
type Outcome struct {
	Result      judge.Result
	Fingerprint string // of the files that ran
	Shown       bool   // the result without the race detector has been printed
	OwnCommand  string // runs the tests that belong to no requirement, if they fail
	Own         string // what it printed; "" if they pass, or if there are none
}

// Learner runs the learner's code and keeps the result for later commands. If
// all is green and a run with the race detector follows, it calls green with
// the result so far, which reports whether it printed that.
func (run *Runner) Learner(ctx context.Context, e *catalog.Exercise, green func(judge.Result) bool) (Outcome, error) {
	candidate := judge.Learner(e)
	var out Outcome
	var err error
	if out.Fingerprint, err = candidate.Fingerprint(); err != nil {
		return out, err
	}
	out.Result, err = run.twice(ctx, e, candidate, judge.Options{
		FailFast:  true,
		Artifacts: progress.RunDir(e),
		Records:   RecordsDir(e),
	}, func(r judge.Result) { out.Shown = green(r) })
	if err == nil && ran(out.Result) {
		out.OwnCommand, out.Own, err = judge.Own(ctx, e)
	}
	if err == nil {
		run.keep(e, out)
	}
	return out, err
}

// Finish saves the outcome as progress and prints what is not printed yet.
func (run *Runner) Finish(e *catalog.Exercise, out Outcome) {
	if ran(out.Result) {
		progress.Remember(run.Screen, e, out.Fingerprint, out.Result)
	}
	if !out.Shown || out.Result.Verdict != judge.Passed {
		run.Show(e, out.Result, true)
	}
	if out.Own != "" {
		run.Printf("Other tests in this folder fail; no requirement depends on them.\n\n        $ %s\n%s\n\n",
			terminal.GoCommand(e.Root(), out.OwnCommand), firstLines(out.Own))
	}
}

// MissingFile returns an error if the learner's own file does not exist and no
// other file of theirs replaces it.
func MissingFile(e *catalog.Exercise) error {
	files := judge.Learner(e).Files
	if files[e.Slug+".go"] != "" {
		return nil
	}
	for base := range files {
		if !slices.ContainsFunc(e.Stub, func(stub string) bool { return filepath.Base(stub) == base }) {
			return nil
		}
	}
	return fmt.Errorf("%s is missing: make reset EX=%s puts the stub there", terminal.Here(filepath.Join(e.Dir, e.Slug+".go")), e.EX())
}

// ran reports whether the result says anything about the requirements.
func ran(r judge.Result) bool {
	return r.Verdict == judge.Passed || r.Verdict == judge.Failed || r.Verdict == judge.TimedOut
}

// Run runs a candidate and, when all is green, once more with the race detector,
// which about doubles the time from a change to its verdict. It prints the plain
// command of each run.
func (run *Runner) Run(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options) (judge.Result, error) {
	return run.twice(ctx, e, c, o, func(judge.Result) {})
}

// Plain runs a candidate once, without the race detector, which would change
// its figures.
func (run *Runner) Plain(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, comment string) (judge.Result, error) {
	if progress.MakeDir(e.Root()) != nil {
		o.Overlay = ""
	}
	o.Stderr = run.Err
	result, err := run.once(ctx, e, c, o, comment)
	if why, broken := noCompiler(result); broken {
		o.Env = append(o.Env, "CGO_ENABLED=0")
		result, err = run.once(ctx, e, c, o, why)
	}
	return result, err
}

func (run *Runner) twice(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, green func(judge.Result)) (judge.Result, error) {
	if err := progress.MakeDir(e.Root()); err != nil {
		run.Warn("nothing can be saved: %v", err)
		o.Artifacts, o.Records, o.Overlay = "", "", ""
	}
	o.Stderr = run.Err
	result, err := run.once(ctx, e, c, o, "")
	if why, broken := noCompiler(result); broken {
		o.Env = append(o.Env, "CGO_ENABLED=0")
		if result, err = run.once(ctx, e, c, o, why); result.Verdict == judge.Passed {
			run.Warn("no race detector in this run: %s", why)
		}
		return result, err
	}
	if err == nil && run.coreTurnsGreen(e, c, result) {
		return run.raceCore(ctx, e, c, o, result)
	}
	if err != nil || result.Verdict != judge.Passed {
		return result, err
	}
	race, why := racedetector.Available()
	if race {
		green(result)
		run.sayFirstRace(e)
		o.Race, o.NoVet = true, true // the same code was vetted a moment ago
		raced, err := run.aside(ctx, e, c, o, "all green; once more with the race detector")
		cause, broken := noCompiler(raced)
		if !broken {
			return raced, err
		}
		why = cause
	}
	run.Warn("no race detector in this run: %s", why)
	return result, nil
}

// aside is once for a run whose files are worth keeping only if it fails:
// otherwise those of the previous run stay, whose figures are not the race
// detector's.
func (run *Runner) aside(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, comment string) (judge.Result, error) {
	if o.Artifacts == "" {
		return run.once(ctx, e, c, o, comment)
	}
	before := o.Artifacts + ".before"
	if err := errors.Join(os.RemoveAll(before), os.Rename(o.Artifacts, before)); err != nil {
		run.Warn("nothing of this run is saved: %v", err)
		o.Artifacts, o.Records = "", ""
		return run.once(ctx, e, c, o, comment)
	}
	result, err := run.once(ctx, e, c, o, comment)
	if err == nil && ran(result) && result.Verdict != judge.Passed {
		os.RemoveAll(before) // or the next run does
		return result, nil
	}
	if err := errors.Join(os.RemoveAll(o.Artifacts), os.Rename(before, o.Artifacts)); err != nil {
		run.Warn("what the run before saved is in %s: %v", e.Rel(before), err)
	}
	return result, err
}

func (run *Runner) once(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, comment string) (judge.Result, error) {
	if comment != "" {
		comment = "   # " + comment
	}
	run.Printf("$ %s%s\n\n", terminal.GoCommand(e.Root(), judge.PlainCommand(e, c, o)), terminal.Visible(comment))
	return judge.Judge(ctx, e, c, o)
}

// noCompiler reports whether a run failed because there is no working C
// compiler, which shows in the build of runtime/cgo, and says how.
func noCompiler(r judge.Result) (why string, broken bool) {
	return r.Why, r.Verdict == judge.HarnessBroken && strings.HasPrefix(r.Why, "runtime/")
}
