package unit

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/diagnose"
	"socketkata/harness/failure"
	"socketkata/harness/grade/book"
	"socketkata/harness/judge"
)

// fill writes what was seen into a unit. A requirement passes if every tier that
// could observe it saw it pass, and is named after the strongest of them.
func (j *Judge) fill(ctx context.Context, u *book.Unit, x *exercise, here judge.Result, apart *judge.Result) error {
	u.Why = here.Why
	if here.Verdict == judge.Tampered {
		u.State = book.Tampered
	}
	for i, q := range here.Requirements {
		var away *judge.RequirementResult
		if apart != nil {
			away = &apart.Requirements[i]
		}
		skipped, err := j.skipped(ctx, x, &q, away)
		if err != nil {
			return err
		}
		r := book.Result{Requirement: q.ID, Tier: book.InProcess}
		if away != nil && (away.Status != judge.StatusSkipped || skipped.apart) {
			r.Tier = book.Apart
		}
		decide(&r, x.Exercise, here, apart, q, away, skipped)
		u.Results = append(u.Results, r)
	}
	return nil
}

// decide says whether a requirement passed. If the process of the tests was
// tampered with, what was seen there counts for nothing: only a requirement that
// needs no other arena than loopback can pass.
func decide(r *book.Result, e *catalog.Exercise, here judge.Result, apart *judge.Result, q judge.RequirementResult, away *judge.RequirementResult, skipped unexpected) {
	passedApart := r.Tier == book.Apart && away.Status == judge.StatusPassed
	switch {
	case here.Verdict == judge.Tampered:
		if r.Passed = passedApart && onlyLoopback(q); !r.Passed {
			r.Text = "the code reached for the results (" + here.Why + "), so nothing that was seen in its process counts\n"
		}
	case q.Status == judge.StatusSkipped && !skipped.here:
		r.Skipped = q.Skip
	case q.Status != judge.StatusPassed:
		say(r, e, here, q)
	case r.Tier == book.Apart && !passedApart:
		say(r, e, *apart, *away)
	default:
		r.Passed = true
	}
	r.TimedOut = !r.Passed && (timedOut(q) || away != nil && timedOut(*away))
}

// onlyLoopback reports whether a process apart can see everything that the test
// of a requirement does.
func onlyLoopback(q judge.RequirementResult) bool {
	return slices.Equal(q.Arenas, []string{failure.Loopback})
}

func timedOut(q judge.RequirementResult) bool {
	return len(q.Failures) > 0 && q.Failures[0].Symptom == failure.NeverReturned
}

// unexpected says which tiers skipped a requirement that the reference does not
// skip there.
type unexpected struct{ here, apart bool }

// skipped compares the skips of an answer with those of the reference on this
// machine. Code that can make a test skip must not gain by it.
func (j *Judge) skipped(ctx context.Context, x *exercise, q, away *judge.RequirementResult) (unexpected, error) {
	here := q.Status == judge.StatusSkipped && !q.Elsewhere
	apart := away != nil && away.Status == judge.StatusSkipped && !q.Elsewhere
	if !here && !apart {
		return unexpected{}, nil
	}
	x.baseline.Do(func() { x.failed = j.observeReference(context.WithoutCancel(ctx), x) })
	return unexpected{here: here && !x.skips["here "+q.ID], apart: apart && !x.skips["apart "+q.ID]}, x.failed
}

// observeReference notes what the reference skips here, or the stub where there
// are no solutions: it skips the same, as long as it gets that far.
func (j *Judge) observeReference(ctx context.Context, x *exercise) error {
	c := judge.Reference(x.Exercise)
	if len(c.Files) == 0 {
		c = judge.Stub(x.Exercise)
	}
	b, err := j.build(ctx, x, c)
	defer b.remove()
	if err != nil {
		return notTheirs(err)
	}
	here, apart, err := j.run(ctx, b, 1)
	if err != nil {
		return err
	}
	x.skips = map[string]bool{}
	for i, q := range here.Requirements {
		x.skips["here "+q.ID] = q.Status == judge.StatusSkipped
		x.skips["apart "+q.ID] = apart != nil && apart.Requirements[i].Status == judge.StatusSkipped
	}
	return nil
}

// say describes a failure as the learner would see it.
func say(out *book.Result, e *catalog.Exercise, r judge.Result, q judge.RequirementResult) {
	switch {
	case q.Status == judge.StatusSkipped:
		out.Text = "the test was skipped (" + q.Skip + "), but it is not skipped for right code\n"
	case len(q.Failures) == 0:
		out.Text = "the test did not run: " + r.Why + "\n"
	default:
		f := q.Failures[0]
		o := failure.Options{Contract: e.Rel(e.Dir) + "/README.md " + q.ID}
		if first := r.FirstFailure(); first != nil && first.ID == q.ID {
			if m := diagnose.Likely(e, r); m != nil {
				o.Say = m.Say
			}
		}
		out.Got, out.Want, out.Text = f.Got, f.Want, f.Text(o)
		if id := crashedBefore(r, q.ID, f); id != "" {
			f.Reason, f.Got, f.Code = f.Reason+", as in "+id, "", nil
			out.Text = f.Text(o)
		}
		if f.Stub != "" {
			// The text says no more either, and which step misses something first
			// is chance.
			out.Got, out.Want = "not implemented yet: "+f.Stub, ""
		}
	}
}

// crashedBefore returns the first requirement whose test the same crash has ended, at
// the same place; "" if f tells of no crash, or of another one. A student then reads
// once what ended up to twenty tests.
func crashedBefore(r judge.Result, id string, f failure.Failure) string {
	if f.Symptom != failure.Panic && f.Symptom != failure.Exit || f.Wire != nil {
		return ""
	}
	for _, q := range r.Requirements {
		if q.ID == id {
			break
		}
		if len(q.Failures) > 0 {
			g := q.Failures[0]
			if g.Symptom == f.Symptom && g.Reason == f.Reason && g.Got == f.Got && g.Wire == nil && slices.Equal(g.Code, f.Code) {
				return q.ID
			}
		}
	}
	return ""
}

// buildPath is where the compiler saw a submission, which differs in each run.
var buildPath = regexp.MustCompile(`(?m)^.*?[/\\]kata-(unit|tests)-[0-9]+[/\\]code[/\\]`)

// compiler returns what the compiler printed, and its first message.
func compiler(output string) (first, all string) {
	all = buildPath.ReplaceAllString(output, "")
	for line := range strings.Lines(all) {
		if !strings.HasPrefix(line, "#") { // the name of the package
			return strings.TrimSpace(line), all
		}
	}
	return "", all
}
