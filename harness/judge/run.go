package judge

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/observe"
	"socketkata/harness/results"
	"socketkata/harness/spawn"
)

// A run is one call of [Judge]: as many rounds of go test as it takes until
// every requirement has a result.
type run struct {
	e         *catalog.Exercise
	c         Candidate
	o         Options
	goCommand string
	overlay   overlay
	timeout   time.Duration

	expected []RequirementResult // in order of the contract, without those not asked for
	passes   map[string]int      // by test
	rounds   int
	failing  []string // tests that failed and belong to no requirement
	output   string   // printed outside any test
	timedOut bool
}

func prepare(e *catalog.Exercise, c Candidate, o Options) (*run, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	path, err := spawn.LookGo()
	if err != nil {
		return nil, err
	}
	r := &run{e: e, c: c, o: o, goCommand: path, timeout: o.Timeout, passes: map[string]int{}}
	for _, q := range e.Requirements {
		if !o.wants(q.ID) {
			continue
		}
		result := RequirementResult{Requirement: q, Status: StatusNotReached}
		if q.Elsewhere {
			result.Status, result.Skip = StatusSkipped, fmt.Sprintf("for %s; this is %s", e.Platforms, runtime.GOOS)
		}
		r.expected = append(r.expected, result)
	}
	if len(r.expected) == 0 {
		return nil, errors.New("no requirement to run")
	}
	if r.timeout <= 0 {
		r.timeout = r.defaultTimeout()
	}
	for _, dir := range []string{o.Artifacts, o.Records} {
		if err := cleanFolder(dir); err != nil {
			return nil, err
		}
	}
	if err := r.lay(); err != nil {
		return nil, err
	}
	return r, nil
}

// lay writes the overlay, unless the tests are linked already.
func (r *run) lay() (err error) {
	switch o := r.o; {
	case o.Batch != nil:
		r.overlay.witness, err = o.Batch.holds(r.c, o)
	case o.Linked != nil:
		r.overlay.witness = o.Linked.Witness
	case !r.c.InPlace || r.c.NoSolutions:
		r.overlay, err = newOverlay(r.e, r.c, o.Overlay)
	}
	return err
}

// tests returns the names of the tests that have no result yet, or of those
// that have one.
func (r *run) tests(left bool) []string {
	var names []string
	for _, q := range r.expected {
		if left == (q.Status == StatusNotReached) && !q.Elsewhere {
			names = append(names, q.Test)
		}
	}
	return names
}

// needed is how many times each test runs.
func (r *run) needed() int {
	return max(r.o.Count, 1) * (1 + strings.Count(r.o.CPU, ","))
}

func (r *run) judge(ctx context.Context) (Result, error) {
	for left := len(r.tests(true)); left > 0; left = len(r.tests(true)) {
		seen, err := r.goTest(ctx, r.command())
		if err != nil {
			return Result{}, err
		}
		if len(seen.FailedBuilds) > 0 || !seen.Began {
			return r.notBuilt(ctx, seen)
		}
		r.rounds++
		if seen.Conflict != "" {
			return r.distrust("the results cannot be trusted: " + seen.Conflict), nil
		}
		before := slices.Clone(r.expected)
		r.absorb(seen)
		if tampered := r.sing(seen, before); tampered != "" {
			return r.distrust(tampered), nil
		}
		if !r.witnessed(seen) {
			return r.distrust("the overlay is not in force: the go command tested the files on disk"), nil
		}
		if r.over(left, seen) {
			break
		}
	}
	return r.result(), nil
}

// over reports whether another round is useless.
func (r *run) over(left int, seen *observe.Observation) bool {
	if r.o.FailFast && r.anyFailed() {
		return true
	}
	if len(r.tests(true)) < left && !(seen.Gone && seen.Killed) {
		return false
	}
	// The process ended without any test's doing, or closed the results channel
	// and went on, and will again.
	r.giveUp()
	return true
}

func (r *run) anyFailed() bool {
	for _, q := range r.expected {
		if q.Status == StatusFailed {
			return true
		}
	}
	return len(r.failing) > 0
}

// witnessed reports whether the overlay was used in this round, as far as can
// be told.
func (r *run) witnessed(seen *observe.Observation) bool {
	if r.overlay.witness == "" || len(seen.Logs) == 0 || seen.Witness == r.overlay.witness {
		return true
	}
	// In random order the witness may not have had its turn. A candidate that
	// passes has run to the end.
	return r.o.Shuffle && (!seen.Ended || r.o.FailFast) && r.anyFailed()
}

func (r *run) progress(test string, status results.Status) {
	if r.o.OnEvent == nil {
		return
	}
	for _, q := range r.expected {
		if q.Test == test {
			r.o.OnEvent(Progress{Requirement: q.ID, Status: Status(status)})
		}
	}
}

// notBuilt is the result when there was no test process.
func (r *run) notBuilt(ctx context.Context, seen *observe.Observation) (Result, error) {
	result := r.result()
	result.CompilerOutput = seen.Build()
	if len(seen.FailedBuilds) == 0 {
		message := strings.TrimSpace(seen.GoSaid())
		return r.broken("the go command could not start: " + firstLine(message)), nil
	}
	for _, pkg := range seen.FailedBuilds {
		if !r.candidatesFault(pkg, seen) {
			result = r.broken(pkg + " cannot be built")
			result.CompilerOutput = seen.Build()
			return result, nil
		}
	}
	result.Verdict = DoesNotCompile
	refused, err := r.onlyVetRefuses(ctx)
	if refused {
		result.Verdict = RefusedByVet
	}
	return result, err
}

// candidatesFault reports whether a package that was not built is the
// candidate's, its test, or something that the candidate imports and that does
// not exist.
func (r *run) candidatesFault(failed string, seen *observe.Observation) bool {
	pkg := catalog.Module + "/exercises/" + r.e.Name
	name, _, _ := strings.Cut(failed, " ") // "pkg_test [pkg.test]"
	return name == pkg || name == pkg+"_test" || name == pkg+".test" || seen.Builds[failed] == "# "+pkg+"\n"
}

// onlyVetRefuses reports whether the candidate and its tests compile. Vet's
// messages look like the compiler's, so the go command is asked once more,
// without vet.
func (r *run) onlyVetRefuses(ctx context.Context) (bool, error) {
	flags := []string{"-vet=off", "-run=^$", "-count=1"}
	if r.o.Race {
		flags = append(flags, "-race")
	}
	quiet := *r
	quiet.o.OnEvent = nil
	seen, err := quiet.goTest(ctx, r.goCommandFor(flags...))
	return err == nil && len(seen.FailedBuilds) == 0 && seen.Began, err
}

func (r *run) broken(why string) Result {
	result := r.result()
	result.Verdict, result.Why = HarnessBroken, why
	return result
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}

// mainFile is the file a learner edits, as Failure.File names it.
func (r *run) mainFile() string {
	return r.e.Rel(filepath.Join(r.e.Dir, r.e.Slug+".go"))
}
