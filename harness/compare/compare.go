// Package compare puts a learner's code beside the reference: its lines, its
// conversations, its figures, and the known mistakes it avoided.
package compare

import (
	"context"
	"fmt"
	"path/filepath"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/record"
	"socketkata/harness/temporary"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// repetitions is how often the same scripts are played with each side. A
// difference by chance is unlikely to show five times in a row, on both sides.
const repetitions = 5

// A comparison is a learner's code beside the reference.
type comparison struct {
	*testrun.Runner
	e             *catalog.Exercise
	seed          string                  // KATA_SEED as the user set it
	force         bool                    // even before the core is green
	all           bool                    // shows every known mistake
	met           []string                // the known mistakes that earlier runs looked like, by name
	status        map[string]judge.Status // of the learner's code, by requirement
	only          []string                // the requirements that are played
	yours, theirs []record.Record
}

// Code shows the learner's code beside the reference: the lines, the mistakes it
// avoided, the conversations and the figures. The long parts come first, so that
// the short ones are what stays on the screen.
//
// A seed other than "" is the KATA_SEED that the user has set. Unless force is
// set, the core must be done: the comparison gives the answer away. With all it
// shows every known mistake, and not only those that earlier runs looked like.
func Code(ctx context.Context, run *testrun.Runner, e *catalog.Exercise, seed string, force, all bool) error {
	if len(e.Reference) == 0 {
		return catalog.ErrNoSolutions
	}
	if err := testrun.MissingFile(e); err != nil {
		return err
	}
	c := &comparison{Runner: run, e: e, seed: seed, force: force, all: all}
	if err := c.findStatus(ctx); err != nil {
		return err
	}
	if !c.coreDone() && !force {
		return fmt.Errorf("the core of %s is not green yet, and compare gives the answer away: continue with make test EX=%s, or say FORCE=1", e.Name, e.EX())
	}
	if len(c.only) > 0 {
		if err := c.runBoth(ctx); err != nil {
			return err
		}
	}
	return c.show()
}

func (c *comparison) show() error {
	e := c.e
	c.Printf("%s\n", c.Heading(e.Label(), "your code beside the reference"))
	c.Section("The code")
	if err := Lines(c.Screen, e); err != nil {
		return err
	}
	if len(c.only) == 0 {
		return fmt.Errorf("only the code can be compared, because no test ran: make test EX=%s says why", e.EX())
	}
	c.showMistakes()
	c.showConversations()
	c.showFigures()
	if len(e.Right) > 0 {
		c.Printf("\nOther right answers are in %s\n", terminal.Here(filepath.Join(e.SolutionDir, "testdata", "right")))
	}
	return nil
}

// findStatus finds which requirements pass: from the last run, or from a new one
// if the code has changed since.
func (c *comparison) findStatus(ctx context.Context) error {
	candidate := judge.Learner(c.e)
	fingerprint, err := candidate.Fingerprint()
	if err != nil {
		return err
	}
	c.status = map[string]judge.Status{}
	s, _ := progress.Load(c.Screen, c.e.Root())
	last := s.Of(c.e)
	c.met = last.Mistakes
	if last.Ran() && last.Candidate == fingerprint {
		for _, q := range c.e.Requirements {
			c.status[q.ID] = last.Status(q)
		}
	} else {
		result, err := c.measure(ctx, candidate, judge.Options{FailFast: true}, "your code as it is now, not tested before")
		if err != nil {
			return err
		}
		for _, q := range result.Requirements {
			c.status[q.ID] = q.Status
		}
	}
	for _, q := range c.e.Requirements {
		switch status := c.status[q.ID]; {
		case status == judge.StatusPassed:
			c.only = append(c.only, q.ID)
		case status == judge.StatusFailed && c.force:
			c.only = append(c.only, q.ID)
			return nil // the run ends there
		}
	}
	return nil
}

func (c *comparison) coreDone() bool {
	for _, q := range c.e.Tier(catalog.Core) {
		if s := c.status[q.ID]; s != judge.StatusPassed && s != judge.StatusSkipped {
			return false
		}
	}
	return true
}

// runBoth runs the same scripts with both sides.
func (c *comparison) runBoth(ctx context.Context) error {
	dir, err := temporary.Folder("", "compare")
	if err != nil {
		return err
	}
	defer temporary.Remove(dir)
	o := judge.Options{Only: c.only, Count: repetitions, FailFast: true, Records: filepath.Join(dir, "yours")}
	if c.seed == "" {
		o.Env = []string{"KATA_SEED=1"} // both get the same random input
	}
	result, err := c.measure(ctx, judge.Learner(c.e), o, "your code")
	if err != nil {
		return err
	}
	if q := result.FirstFailure(); q != nil && c.status[q.ID] == judge.StatusPassed {
		return fmt.Errorf("%s passed before but does not pass every time: compare again once make test EX=%s is always green", q.ID, c.e.EX())
	}
	o.Overlay = progress.OverlayFile(c.e)
	o.Records = filepath.Join(dir, "theirs")
	if result, err = c.measure(ctx, judge.Reference(c.e), o, "the reference"); err != nil {
		return err
	}
	if result.Verdict != judge.Passed {
		return fmt.Errorf("the reference does not pass here, which is a fault of this repository or of this machine: make solution EX=%s says more", c.e.EX())
	}
	c.yours, err = record.Read(filepath.Join(dir, "yours"))
	if err == nil {
		c.theirs, err = record.Read(filepath.Join(dir, "theirs"))
	}
	return err
}

// measure is one run whose figures count.
func (c *comparison) measure(ctx context.Context, candidate judge.Candidate, o judge.Options, comment string) (judge.Result, error) {
	result, err := c.Plain(ctx, c.e, candidate, o, comment)
	if err == nil && result.Verdict == judge.HarnessBroken {
		err = fmt.Errorf("nothing was tested, and this is not your code's fault: %s", result.Why)
	}
	return result, err
}
