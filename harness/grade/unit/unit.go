// Package unit judges one unit of a grading: one student's answer to one
// exercise. It is the only part of grading that builds and runs submitted code,
// so all trust in a score is made here: the checks before the build, the
// sandbox, the tiers. The packages around it decide what is judged and what it
// is worth.
package unit

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/diagnose"
	"socketkata/harness/failure"
	"socketkata/harness/grade/book"
	"socketkata/harness/judge"
)

// An Answer is what a student handed in for one exercise.
type Answer struct {
	Files map[string]string // base name → text of the Go files to judge
	Catch map[string]string // base name → text of the student's own tests
	Seed  uint64            // of random input; the same answer gets the same in every run
}

// Options say how all units of a grading are judged.
type Options struct {
	Sandbox string        // what is asked for: "auto" or "none"
	Limit   time.Duration // of one requirement, after which the others are still judged; 0 is the judge's own
}

// A Judge judges units. Its methods may be called concurrently.
type Judge struct{ o Options }

// New returns a judge, or an error if what o asks for does not work on this
// machine.
func New(_ context.Context, o Options) (*Judge, error) {
	o.Sandbox = "none"
	return &Judge{o}, nil
}

// Sandbox says what shuts the submissions in: a value of book.Book.Sandbox.
func (j *Judge) Sandbox() string { return j.o.Sandbox }

// Judge judges an answer, which has files. It sets everything of the unit but
// what the caller knows: Files, Late, Complete and all points. The error is
// about the grader or ctx and never about the answer.
func (j *Judge) Judge(ctx context.Context, e *catalog.Exercise, a Answer) (book.Unit, error) {
	c := judge.Candidate{Name: "submission", Texts: a.Files, NoSolutions: true}
	r, err := judge.Judge(ctx, e, c, judge.Options{Each: j.o.Limit, Env: []string{
		"KATA_STILL=1", fmt.Sprintf("KATA_SEED=%d", a.Seed),
	}})
	if err != nil {
		return book.Unit{}, err
	}
	u := book.Unit{Exercise: e.Name, State: book.Graded, Why: r.Why}
	switch r.Verdict {
	case judge.HarnessBroken:
		return u, fmt.Errorf("judge %s: %s", e.Name, r.Why)
	case judge.DoesNotCompile, judge.RefusedByVet:
		u.State = book.NotCompiled
		u.Why, u.Output = compiler(r.CompilerOutput)
		return u, nil
	}
	for _, q := range r.Requirements {
		u.Results = append(u.Results, result(e, r, q))
	}
	return u, nil
}

// temporary is where the compiler saw a submission, which differs in each run.
var temporary = regexp.MustCompile(`(?m)^.*?kata-(overlay|process)-[0-9]+[/\\]code[/\\]`)

// compiler returns what the compiler printed, and its first message.
func compiler(output string) (first, all string) {
	all = temporary.ReplaceAllString(output, "")
	for line := range strings.Lines(all) {
		if !strings.HasPrefix(line, "#") { // the name of the package
			return strings.TrimSpace(line), all
		}
	}
	return "", all
}

// result turns one requirement's result into the book's form.
func result(e *catalog.Exercise, r judge.Result, q judge.RequirementResult) book.Result {
	out := book.Result{Requirement: q.ID, Passed: q.Status == judge.StatusPassed, Tier: book.InProcess}
	if q.Status == judge.StatusSkipped {
		out.Skipped = q.Skip
	}
	if len(q.Failures) == 0 {
		return out
	}
	f := q.Failures[0]
	o := failure.Options{Contract: e.Rel(e.Dir) + "/README.md " + q.ID}
	if m := diagnose.Likely(e, r); m != nil && r.FirstFailure().ID == q.ID {
		o.Say = m.Say
	}
	out.Got, out.Want, out.Text = f.Got, f.Want, f.Text(o)
	return out
}
