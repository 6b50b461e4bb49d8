// Package catch grades tests: it runs those that a learner wrote against every
// right answer and every known mistake of an exercise, and counts the mistakes
// that they catch. The exercise's own tests have no say in that.
package catch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/judge"
	"socketkata/harness/temporary"
)

// An Outcome is how the tests did.
type Outcome struct {
	book.Catch
	Tests  []string // their names
	Voided []Void   // those of them that do not count
}

// A Void is a test that does not count, because a right answer fails it.
type Void struct {
	Test   string
	Answer string // the first right answer that fails it
	Late   bool   // it does not end there
	Output string // what it prints there
}

func (v Void) String() string {
	if v.Late {
		return fmt.Sprintf("%s does not end with the right answer %q, so it does not count", v.Test, v.Answer)
	}
	return fmt.Sprintf("%s fails the right answer %q, so it does not count", v.Test, v.Answer)
}

// A trial is one call of [Try].
type trial struct {
	e     *catalog.Exercise
	o     Options
	batch *judge.Batch
	tests []string
	right []judge.Candidate
	done  atomic.Int32
	all   int
}

// reference is what the book calls the reference.
const reference = "reference"

// Try runs the tests, texts by base name, as the package catch of the exercise.
// What is wrong with the tests is said in Outcome.Why. The error is about the
// machine, or ctx's.
//
// Only a test that every right answer passes, twice, can catch a mistake. A
// mistake is caught if such a test fails, does not end, or if its process ends.
// Mistakes that only the race detector sees are left out.
func Try(ctx context.Context, e *catalog.Exercise, tests map[string]string, o Options) (Outcome, error) {
	if len(e.Reference) == 0 {
		return Outcome{}, catalog.ErrNoSolutions
	}
	mistakes := Mistakes(e)
	names, why := check(e, tests)
	out := Outcome{Catch: book.Catch{Of: len(mistakes), Why: why}, Tests: names}
	if why != "" {
		return out, nil
	}
	t := &trial{e: e, o: o, tests: names, right: judge.Right(e), all: 1 + len(e.Right) + len(mistakes)}
	why, err := t.build(ctx, tests, mistakes)
	if err != nil || why != "" {
		out.Why = why
		return out, err
	}
	defer t.batch.Remove()
	if out.Voided, err = t.void(ctx); err != nil {
		return out, err
	}
	missed, err := t.missed(ctx, mistakes, without(names, out.Voided))
	if err != nil {
		return out, err
	}
	out.record(missed)
	return out, nil
}

// record says in the book's form what was missed and what does not count.
func (o *Outcome) record(missed []catalog.Mistake) {
	o.Caught = o.Of - len(missed)
	for _, m := range missed {
		if o.Missed == nil {
			o.Missed = map[string]int{}
		}
		o.Missed[m.Requirements[0]]++
	}
	for _, v := range o.Voided {
		o.Void = append(o.Void, v.String())
		o.Refused = append(o.Refused, v.Answer)
	}
	slices.Sort(o.Refused)
	o.Refused = slices.Compact(o.Refused)
}

// Mistakes returns the known mistakes that tests are tried on.
func Mistakes(e *catalog.Exercise) []catalog.Mistake {
	return slices.DeleteFunc(slices.Clone(e.Mistakes), catalog.Mistake.NeedsRace)
}

// build links the tests with every answer. If they do not compile, why says so.
func (t *trial) build(ctx context.Context, tests map[string]string, mistakes []catalog.Mistake) (why string, err error) {
	dir, err := temporary.Folder("", "catch")
	if err != nil {
		return "", err
	}
	defer temporary.Remove(dir)
	for base, text := range tests {
		if err := os.WriteFile(filepath.Join(dir, base), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	all := slices.Clone(t.right)
	for _, m := range mistakes {
		all = append(all, judge.Answer(m.Answer))
	}
	t.batch, err = judge.NewTestBatch(ctx, t.e, dir, all)
	if compiler := (*judge.BuildError)(nil); errors.As(err, &compiler) {
		return "the tests do not compile: " + firstComplaint(compiler.Output), nil
	}
	return "", err
}

// firstComplaint returns the first line of the compiler about the tests. Each
// answer has its own copy of them, so it says everything many times.
func firstComplaint(output string) string {
	for line := range strings.Lines(output) {
		if strings.Contains(line, "_test.go:") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(output)
}

// void runs the tests on the right answers and returns those that do not count.
// What the reference fails is not tried on the others.
func (t *trial) void(ctx context.Context) ([]Void, error) {
	voids, err := t.failing(ctx, t.right[0], t.tests)
	t.progress()
	if err != nil {
		return nil, err
	}
	left := without(t.tests, voids)
	found := make([][]Void, len(t.right))
	group, ctx := t.o.group(ctx)
	for i, c := range t.right[1:] {
		group.Go(func() (err error) {
			defer t.progress()
			found[i], err = t.failing(ctx, c, left)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, v := range slices.Concat(found...) {
		if slices.Contains(without(left, voids), v.Test) {
			voids = append(voids, v)
		}
	}
	return voids, nil
}

// failing returns the tests that a right answer does not pass.
func (t *trial) failing(ctx context.Context, c judge.Candidate, tests []string) ([]Void, error) {
	if len(tests) == 0 {
		return nil, nil
	}
	end, err := t.run(ctx, c, tests, 2)
	if err != nil || end.Passed {
		return nil, err
	}
	var voids []Void
	for _, test := range tests {
		one, err := t.run(ctx, c, []string{test}, 2)
		if err != nil {
			return nil, err
		}
		if !one.Passed {
			voids = append(voids, Void{Test: test, Answer: c.Name, Late: one.Late, Output: one.Output})
		}
	}
	if len(voids) > 0 {
		return voids, nil
	}
	// They fail only together, and nobody knows which of them is to blame.
	for _, test := range tests {
		voids = append(voids, Void{Test: test, Answer: c.Name, Late: end.Late, Output: end.Output})
	}
	return voids, nil
}

// missed returns the mistakes that pass all of the tests.
func (t *trial) missed(ctx context.Context, mistakes []catalog.Mistake, tests []string) ([]catalog.Mistake, error) {
	if len(tests) == 0 {
		return mistakes, nil
	}
	passed := make([]bool, len(mistakes))
	group, ctx := t.o.group(ctx)
	for i, m := range mistakes {
		group.Go(func() error {
			defer t.progress()
			end, err := t.run(ctx, judge.Answer(m.Answer), tests, 1)
			passed[i] = end.Passed
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var missed []catalog.Mistake
	for i, m := range mistakes {
		if passed[i] {
			missed = append(missed, m)
		}
	}
	return missed, nil
}

// without returns the tests that count.
func without(tests []string, voids []Void) []string {
	return slices.DeleteFunc(slices.Clone(tests), func(test string) bool {
		return slices.ContainsFunc(voids, func(v Void) bool { return v.Test == test })
	})
}

func (t *trial) progress() {
	if n := t.done.Add(1); t.o.Progress != nil {
		t.o.Progress(int(n), t.all)
	}
}

// group runs as many processes at once as keep the processors busy: most of them
// wait for something that does not come.
func (o Options) group(ctx context.Context) (*errgroup.Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, o.AtOnce))
	return group, ctx
}
