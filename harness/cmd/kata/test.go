package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

func (k *kata) test(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, first := k.loadState(c.Root)
	e, err := k.exercise(cmd, c, s)
	if err != nil {
		return err
	}
	if e == nil {
		k.printf("%s\n", allDone)
		return nil
	}
	if k.asked(cmd) == "" {
		k.sayLeftBehind(c, e, s)
	}
	if fileMissing(e) {
		return k.missingFile(e)
	}
	if first {
		k.printf("%s\n", firstRun)
	}
	return k.testExercise(ctx, c, e)
}

// sayLeftBehind says that kata goes on with e, although what was tested last
// is another exercise and has been edited since: its core is done, and the
// learner may have stayed for the rest of it.
func (k *kata) sayLeftBehind(c *catalog.Catalog, e *catalog.Exercise, s *state) {
	last := lastTested(c)
	if last == nil || last.Name == e.Name || !s.of(last).ran() { // a reset forgets the run
		return
	}
	run, err := loadRun(last)
	if err != nil {
		return
	}
	if now, err := judge.Learner(last).Fingerprint(); err == nil && now != run.Candidate {
		k.printf("Your %s has changed since its last test, and is not what is tested now:\nmake test EX=%s tests that.\n\n", last.Name, number(last))
	}
}

const firstRun = "The first run compiles the standard library and the test bench.\nThis happens once and takes up to a minute on a new machine.\n"

func (k *kata) missingFile(e *catalog.Exercise) error {
	return fmt.Errorf("%s is missing: make reset EX=%s puts the stub there", k.here(filepath.Join(e.Dir, e.Slug+".go")), number(e))
}

func (k *kata) testExercise(ctx context.Context, c *catalog.Catalog, e *catalog.Exercise) error {
	shown := false
	result, fingerprint, err := k.judgeLearner(ctx, e, func(r judge.Result) {
		k.show(e, r, true)
		shown = true
	})
	if err != nil {
		return err
	}
	if ran(result) {
		k.remember(e, fingerprint, result)
	}
	if !shown || result.Verdict != judge.Passed {
		k.show(e, result, true)
	}
	if result.Verdict != judge.Passed {
		k.printf("%s", k.afterFailure(c, e, result))
		return exitStatus(exitFailed)
	}
	k.printf("%s", k.afterSuccess(c, e, result))
	return nil
}

// judgeLearner runs the learner's code and keeps what the run saved. The
// fingerprint is that of what ran. See [kata.judgeTwice] for green.
func (k *kata) judgeLearner(ctx context.Context, e *catalog.Exercise, green func(judge.Result)) (judge.Result, string, error) {
	candidate := judge.Learner(e)
	fingerprint, err := candidate.Fingerprint()
	if err != nil {
		return judge.Result{}, "", err
	}
	result, err := k.judgeTwice(ctx, e, candidate, judge.Options{
		FailFast:  true,
		Artifacts: runDir(e),
		Records:   filepath.Join(runDir(e), "records"),
	}, green)
	if err == nil {
		k.keepRun(e, fingerprint, result)
	}
	return result, fingerprint, err
}

// runDir is where the last run of an exercise leaves what it saved.
func runDir(e *catalog.Exercise) string { return filepath.Join(kataDir(e.Root()), "runs", e.Name) }

// fileMissing reports whether the learner's own file is gone, and nothing of
// theirs stands in its place.
func fileMissing(e *catalog.Exercise) bool {
	files := judge.Learner(e).Files
	if files[e.Slug+".go"] != "" {
		return false
	}
	for base := range files {
		if !slices.ContainsFunc(e.Stub, func(stub string) bool { return filepath.Base(stub) == base }) {
			return false
		}
	}
	return true
}

// ran reports whether the run says something about the requirements.
func ran(r judge.Result) bool {
	return r.Verdict == judge.Passed || r.Verdict == judge.Failed || r.Verdict == judge.TimedOut
}

// judge runs the candidate and, when all is green, once more with the race
// detector, which about doubles the time from a change to its verdict. It says
// the command each run stands for.
func (k *kata) judge(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options) (judge.Result, error) {
	return k.judgeTwice(ctx, e, c, o, func(judge.Result) {})
}

// judgeTwice is judge, and calls green with the result of the first run before
// there is a second one.
func (k *kata) judgeTwice(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, green func(judge.Result)) (judge.Result, error) {
	if err := makeKataDir(e.Root()); err != nil {
		k.warn("nothing can be saved: %v", err)
		o.Artifacts, o.Records, o.Overlay = "", "", ""
	}
	o.Stderr = k.stderr
	result, err := k.judgeOnce(ctx, e, c, o, "")
	if why, broken := noCompiler(result); broken {
		o.Env = append(o.Env, "CGO_ENABLED=0")
		if result, err = k.judgeOnce(ctx, e, c, o, why); result.Verdict == judge.Passed {
			k.warn("no race detector in this run: %s", why)
		}
		return result, err
	}
	if err != nil || result.Verdict != judge.Passed {
		return result, err
	}
	race, why := judge.RaceAvailable()
	if race {
		green(result)
		if !k.everRaced(e) {
			k.printf("%s\n", firstRace)
		}
		o.Race = true
		raced, err := k.judgeAside(ctx, e, c, o, "all green; once more with the race detector")
		cause, broken := noCompiler(raced)
		if !broken {
			return raced, err
		}
		why = cause
	}
	k.warn("no race detector in this run: %s", why)
	return result, nil
}

const firstRace = "The first run with the race detector compiles the standard library once more.\n"

// everRaced reports whether an exercise was all green before, and so was run
// with the race detector.
func (k *kata) everRaced(e *catalog.Exercise) bool {
	s, _ := k.loadState(e.Root())
	for _, last := range s.Exercises {
		if last.allGreen() {
			return true
		}
	}
	return false
}

// judgeAside is judgeOnce for a run whose files are worth keeping only if it
// fails: else those of the run before stay, whose figures are not the race
// detector's.
func (k *kata) judgeAside(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, comment string) (judge.Result, error) {
	if o.Artifacts == "" {
		return k.judgeOnce(ctx, e, c, o, comment)
	}
	aside := o.Artifacts + ".before"
	if err := errors.Join(os.RemoveAll(aside), os.Rename(o.Artifacts, aside)); err != nil {
		k.warn("nothing of this run is saved: %v", err)
		o.Artifacts, o.Records = "", ""
		return k.judgeOnce(ctx, e, c, o, comment)
	}
	result, err := k.judgeOnce(ctx, e, c, o, comment)
	if err == nil && ran(result) && result.Verdict != judge.Passed {
		os.RemoveAll(aside) // or the next run does
		return result, nil
	}
	if err := errors.Join(os.RemoveAll(o.Artifacts), os.Rename(aside, o.Artifacts)); err != nil {
		k.warn("what the run before saved is in %s: %v", e.Rel(aside), err)
	}
	return result, err
}

func (k *kata) judgeOnce(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, comment string) (judge.Result, error) {
	if comment != "" {
		comment = "   # " + comment
	}
	k.printf("$ %s%s\n\n", k.fromHere(e, judge.PlainCommand(e, c, o)), visible(comment))
	return judge.Judge(ctx, e, c, o)
}

// noCompiler reports whether a run failed for want of a C compiler that works,
// which shows in the build of runtime/cgo, and says how.
func noCompiler(r judge.Result) (why string, broken bool) {
	return r.Why, r.Verdict == judge.HarnessBroken && strings.HasPrefix(r.Why, "runtime/")
}

// fromHere fits a command that is right at the root to the folder kata was
// started in: an import path works anywhere in the module.
func (k *kata) fromHere(e *catalog.Exercise, command string) string {
	if dir, err := os.Getwd(); err == nil {
		if real, err := filepath.EvalSymlinks(dir); err == nil && real == e.Root() {
			return command
		}
	}
	return "go -C " + quoteArg(e.Root()) + command[len("go"):]
}

// quoteArg makes a path one word of a shell.
func quoteArg(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+:@", r)
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
