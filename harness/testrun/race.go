package testrun

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/racedetector"
	"socketkata/harness/safefile"
)

const firstRace = "The first run with the race detector compiles the standard library once more.\n"

// sayFirstRace explains the wait, once in a repository.
func (run *Runner) sayFirstRace(e *catalog.Exercise) {
	mark := filepath.Join(progress.Dir(e.Root()), "raced")
	if _, err := os.Stat(mark); err == nil {
		return
	}
	run.Printf("%s\n", firstRace)
	_ = safefile.Write(mark, nil) // or it is said again
}

// coreTurnsGreen reports whether the learner's code passes the whole core for the
// first time, and not the rest.
func (run *Runner) coreTurnsGreen(e *catalog.Exercise, c judge.Candidate, r judge.Result) bool {
	passed, skipped, all := r.Count(catalog.Core)
	if !c.InPlace || r.Verdict != judge.Failed || passed == 0 || passed+skipped < all {
		return false
	}
	s, _ := progress.Load(run.Screen, e.Root())
	return !s.Standing(e).CoreDone()
}

// raceCore runs the core once more with the race detector. The result is the one
// before, unless a requirement of the core fails now.
func (run *Runner) raceCore(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, before judge.Result) (judge.Result, error) {
	if race, _ := racedetector.Available(); !race {
		return before, nil // the run in which all is green says so
	}
	run.sayFirstRace(e)
	o.Race, o.NoVet, o.Only = true, true, nil
	for _, q := range e.Tier(catalog.Core) {
		o.Only = append(o.Only, q.ID)
	}
	raced, err := run.aside(ctx, e, c, o, "the core is green; once more with the race detector")
	if err != nil || raced.FirstFailure() == nil {
		return before, err
	}
	return merged(before, raced), nil
}

// merged returns a result in which the requirements of a later run are those of
// that run.
func merged(before, later judge.Result) judge.Result {
	result := later
	result.Requirements = slices.Clone(before.Requirements)
	for i, q := range result.Requirements {
		at := slices.IndexFunc(later.Requirements, func(l judge.RequirementResult) bool { return l.ID == q.ID })
		if at >= 0 {
			result.Requirements[i] = later.Requirements[at]
		} else if q.Status == judge.StatusFailed {
			result.Requirements[i] = judge.RequirementResult{Requirement: q.Requirement, Status: judge.StatusNotReached}
		}
	}
	return result
}
