// Package judge runs the tests of an exercise on a candidate and gives a
// verdict, requirement by requirement.
//
// It judges processes: it starts the go command, reads the events of the test
// process and believes only what it saw. Exit status 0 proves nothing, because
// an init function that calls os.Exit(0) makes go test print "ok"; so every
// requirement's test must be seen to start and to pass. It never links the
// candidate's code.
package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/remote"
)

// A Verdict is the outcome of a whole run.
type Verdict string

// The verdicts.
const (
	Passed         Verdict = "passed"           // every requirement passed, or was skipped for a reason
	Failed         Verdict = "failed"           // some requirement did not pass
	DoesNotCompile Verdict = "does not compile" // see Result.CompilerOutput
	RefusedByVet   Verdict = "refused by vet"   // see Result.CompilerOutput
	TimedOut       Verdict = "timed out"        // a test had to be ended, or the process was
	NothingRan     Verdict = "nothing ran"      // the process ended before its first test
	Tampered       Verdict = "tampered"         // only if Options.Linked: the candidate reached for the results; see Result.Why
	HarnessBroken  Verdict = "harness broken"   // nothing can be said about the candidate; see Result.Why
)

// A Status is the outcome of one requirement.
type Status string

// The statuses.
const (
	StatusPassed     Status = "passed"
	StatusFailed     Status = "failed"
	StatusSkipped    Status = "skipped"     // see RequirementResult.Skip
	StatusNotReached Status = "not reached" // the run ended before its test
)

// A RequirementResult is what a run says about one requirement.
type RequirementResult struct {
	catalog.Requirement
	Status   Status
	Skip     string            // why it was skipped
	Failures []failure.Failure // one for each arena that failed
	Output   string            // what the candidate printed meanwhile, at most 64 KiB
	Elapsed  time.Duration
}

// A Result is what a run says about a candidate.
type Result struct {
	Exercise  string // "05-echo"
	Candidate string
	Verdict   Verdict
	// Why is one sentence about a verdict that Requirements do not explain.
	Why          string
	Requirements []RequirementResult // in order of the contract
	// CompilerOutput is what the compiler, or vet, wrote, unchanged.
	CompilerOutput string
	Output         string // what was printed outside any test, at most 64 KiB
	Elapsed        time.Duration
	Command        string // the plain go command this run stands for
	FailFast       bool   // the run ended at the first failure
}

// Count returns how many requirements of a tier passed, were skipped, and are
// there.
func (r Result) Count(tier catalog.Tier) (passed, skipped, all int) {
	for _, q := range r.Requirements {
		if q.Tier != tier {
			continue
		}
		all++
		switch q.Status {
		case StatusPassed:
			passed++
		case StatusSkipped:
			skipped++
		}
	}
	return passed, skipped, all
}

// FirstFailure returns the first requirement that failed, nil if none did.
func (r Result) FirstFailure() *RequirementResult {
	for i := range r.Requirements {
		if r.Requirements[i].Status == StatusFailed {
			return &r.Requirements[i]
		}
	}
	return nil
}

// Progress is one step of a run: a requirement's test began (Status is empty)
// or ended.
type Progress struct {
	Requirement string
	Status      Status
}

// Options say how to run. The zero value runs everything once.
type Options struct {
	Race     bool     // with the race detector; see package racedetector
	FailFast bool     // end at the first requirement that fails
	Shuffle  bool     // in random order
	Count    int      // repetitions, 1 if less
	CPU      string   // like go test -cpu: "1,4"
	NoVet    bool     // without go vet, for a candidate that was vetted before
	Only     []string // IDs of the requirements to run; all if empty
	Process  bool     // the candidate runs in a process of its own, as far as its tests can be played so
	Linked   *Linked  // a binary that is linked already, without vet
	Batch    *Batch   // runs the candidate's part of a binary that is linked already, without vet
	// Timeout ends the test process, by default after a minute for each script
	// times KATA_SLOW. It does not count the time to compile.
	Timeout time.Duration
	// Each, if not 0, is how long the test of one requirement may take, times
	// KATA_SLOW. It ends the process; the requirement has failed, and the others
	// are run again without it.
	Each time.Duration
	Env  []string // more environment, "KEY=value"
	// Overlay is where the overlay file is kept for a candidate that is not
	// in place; by default it is temporary.
	Overlay string
	// Artifacts is a folder for what the tests save (see testing.T.ArtifactDir).
	// It is emptied first. Nothing is saved if it is "".
	Artifacts string
	// Records is a folder for the records of the scripts (see package record).
	// It is emptied first. Nothing is recorded if it is "".
	Records string
	// OnEvent, if not nil, is called at each step, from one goroutine.
	OnEvent func(Progress)
	// Stderr, if not nil, gets what the go command itself writes to standard
	// error while it works: downloads, for example.
	Stderr io.Writer

	atAddress bool // see [Options.AtAddress]

	grace time.Duration // what the process gets beyond Timeout; 15 s if 0
}

// ErrNoProcess means that [Options].Process is impossible here: this system
// does not send descriptors from process to process.
var ErrNoProcess = errors.New("this system does not hand listeners to another process")

// Judge runs the tests of e on the candidate. A process that dies in the
// middle of a test fails that requirement only: the others are run again
// without it.
//
// The error is about the call, not about the candidate: a file that no
// candidate may have, no go command, [ErrNoProcess], ctx done. When Judge
// returns, every process it started is gone.
func Judge(ctx context.Context, e *catalog.Exercise, c Candidate, o Options) (Result, error) {
	if o.Linked == nil { // the builder of a linked binary has checked more
		if err := c.checkImports(e.Root()); err != nil {
			return Result{}, fmt.Errorf("judge %s: %w", e.Name, err)
		}
	}
	return judgeAnything(ctx, e, c, o)
}

// judgeAnything is Judge for a candidate that may import the harness.
func judgeAnything(ctx context.Context, e *catalog.Exercise, c Candidate, o Options) (Result, error) {
	if !o.Process {
		return judgeHere(ctx, e, c, o)
	}
	if !remote.Supported {
		return Result{}, fmt.Errorf("judge %s: %w", e.Name, ErrNoProcess)
	}
	began := time.Now()
	s, compiler, err := splitOff(ctx, e, c, o.Race)
	defer s.remove()
	if err != nil {
		return Result{}, fmt.Errorf("judge %s: %w", e.Name, err)
	}
	if compiler != "" {
		return Result{Exercise: e.Name, Candidate: c.Name, Verdict: DoesNotCompile, CompilerOutput: compiler, Elapsed: time.Since(began)}, nil
	}
	o.Env = append(o.Env[:len(o.Env):len(o.Env)], s.environment()...)
	return judgeHere(ctx, e, s.proxy, o)
}

// judgeHere judges a candidate in the process of the tests.
func judgeHere(ctx context.Context, e *catalog.Exercise, c Candidate, o Options) (Result, error) {
	began := time.Now()
	run, err := prepare(e, c, o)
	if err != nil {
		return Result{}, fmt.Errorf("judge %s: %w", e.Name, err)
	}
	defer run.cleanUp()
	result, err := run.judge(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("judge %s: %w", e.Name, err)
	}
	result.Exercise, result.Candidate = e.Name, c.Name
	result.FailFast, result.Command = o.FailFast, PlainCommand(e, c, o)
	result.Elapsed = time.Since(began)
	return result, nil
}
