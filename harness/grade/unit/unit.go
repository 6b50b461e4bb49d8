// Package unit judges one unit of a grading: one student's answer to one
// exercise. It is the only part of grading that builds and runs submitted code,
// so all trust in a score is made here: the checks before the build, the
// sandbox, the tiers. The packages around it decide what is judged and what it
// is worth.
package unit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/allow"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/hermetic"
	"socketkata/harness/grade/sandbox"
	"socketkata/harness/judge"
	"socketkata/harness/temporary"
)

// An Answer is what a student handed in for one exercise.
type Answer struct {
	Files map[string]string // base name → text of the Go files to judge
	Catch map[string]string // base name → text of the student's own tests
	Seed  uint64            // of random input; the same answer gets the same in every run
}

// Options say how all units of a grading are judged.
type Options struct {
	Root    string        // of the repository
	Sandbox string        // what is asked for: a sandbox.Kind
	Limit   time.Duration // of one requirement, after which the others are still judged; 0 is the judge's own

	anything bool           // without the list of what an answer may use, for attacks on what is behind it
	limits   sandbox.Limits // instead of the usual ones
	only     []string       // requirements; all if empty
	timeout  time.Duration  // of a process, if not the judge's own
}

// buildLimit is how long the compiler may work on one answer. It takes less than
// a second for any that a person writes.
const buildLimit = 2 * time.Minute

// A Judge judges units. Its methods may be called concurrently. The caller
// closes it.
type Judge struct {
	o     Options
	gocmd *hermetic.Go
	box   *sandbox.Box
	allow *allow.Checker
	dir   string // temporary
	tried tried

	mu        sync.Mutex
	exercises map[string]*exercise
}

// New returns a judge, or an error if what o asks for does not work on this
// machine.
func New(ctx context.Context, o Options) (*Judge, error) {
	g, err := hermetic.New(ctx, o.Root)
	if err != nil {
		return nil, err
	}
	j := &Judge{o: o, gocmd: g, exercises: map[string]*exercise{}}
	if j.o.limits == (sandbox.Limits{}) {
		j.o.limits = sandbox.DefaultLimits()
	}
	if j.box, err = sandbox.Open(ctx, g, sandbox.Kind(o.Sandbox)); err != nil {
		return nil, err
	}
	if j.allow, err = allow.New(ctx, g); err == nil {
		j.dir, err = sandbox.Folder("", "grade")
	}
	if err != nil {
		j.box.Close()
		return nil, err
	}
	return j, nil
}

// Close removes what the judge has built.
func (j *Judge) Close() {
	j.box.Close()
	temporary.Remove(j.dir)
}

// Sandbox says what shuts the submissions in: a value of book.Book.Sandbox.
func (j *Judge) Sandbox() string { return string(j.box.Kind) }

// Judge judges an answer, which has files. It sets everything of the unit but
// what the caller knows: Files, Late, Complete and all points. The error is
// about the grader or ctx and never about the answer.
func (j *Judge) Judge(ctx context.Context, e *catalog.Exercise, a Answer) (book.Unit, error) {
	u := book.Unit{Exercise: e.Name, State: book.Graded}
	err := j.judge(ctx, e, a, &u)
	refusal, build := (*allow.Refusal)(nil), (*hermetic.BuildError)(nil)
	switch {
	case err == nil:
		return u, nil
	case errors.As(err, &refusal):
		u.State, u.Why = book.Refused, refusal.Error()
	case errors.As(err, &build):
		u.State = book.NotCompiled
		u.Why, u.Output = compiler(build.Output)
	case errors.Is(err, errEndless) && ctx.Err() == nil:
		u.State, u.Why = book.Refused, fmt.Sprintf("the compiler needs more than %s for the code", buildLimit)
	default:
		return u, fmt.Errorf("judge %s: %w", e.Name, err)
	}
	return u, nil
}

func (j *Judge) judge(ctx context.Context, e *catalog.Exercise, a Answer, u *book.Unit) error {
	if !j.o.anything {
		if err := j.allow.Quick(e.Name, a.Files); err != nil {
			return err
		}
	}
	x, err := j.exercise(ctx, e)
	if err != nil {
		return err
	}
	b, err := j.build(ctx, x, judge.Candidate{Name: "submission", Texts: a.Files, NoSolutions: true})
	defer b.remove()
	if err != nil {
		return err
	}
	// What the compiler has managed is no danger to the type checker.
	if !j.o.anything {
		if err := j.allow.Check(e.Name, a.Files); err != nil {
			return err
		}
	}
	here, apart, err := j.run(ctx, b, a.Seed)
	if err != nil {
		return err
	}
	return j.fill(ctx, u, x, here, apart)
}
