package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/record"
)

// repetitions is how often the same scripts are played with each side. What
// differs by chance seldom does five times in a row, on both sides.
const repetitions = 5

// A comparison is a learner's code beside the reference.
type comparison struct {
	e             *catalog.Exercise
	force         bool                    // before green, too
	held          map[string]judge.Status // of the learner's code, by requirement
	only          []string                // the requirements that are played
	yours, theirs []record.Record
}

// compare shows the learner's code beside the reference: the lines, the
// mistakes it avoided, the conversations and the figures. The long parts come
// first, so that what is left on a screen is the short ones.
func (k *kata) compare(ctx context.Context, cmd *cli.Command) error {
	e, err := k.named(cmd, "compare")
	if err != nil {
		return err
	}
	if len(e.Reference) == 0 {
		return errNoSolutions
	}
	if fileMissing(e) {
		return k.missingFile(e)
	}
	c := &comparison{e: e, force: cmd.Bool("force") || k.getenv("FORCE") != "" && k.getenv("FORCE") != "0"}
	if err := k.findHeld(ctx, c); err != nil {
		return err
	}
	if !c.coreDone() && !c.force {
		return fmt.Errorf("the core of %s is not green yet, and compare gives the answer away: go on with make test EX=%s, or say FORCE=1", e.Name, number(e))
	}
	if len(c.only) > 0 {
		if err := k.playBoth(ctx, c); err != nil {
			return err
		}
	}
	k.printf("%s\n", k.heading(e, "your code beside the reference"))
	k.section("The code")
	if err := k.showDiff(e); err != nil {
		return err
	}
	if len(c.only) == 0 {
		return fmt.Errorf("nothing but the code can be compared: no test ran, and make test EX=%s says why", number(e))
	}
	k.showMistakes(c)
	k.showConversations(c)
	k.showFigures(c)
	if len(e.Right) > 0 {
		k.printf("\nOther right answers are in %s\n", k.here(filepath.Join(e.SolutionDir, "testdata", "right")))
	}
	return nil
}

// section begins a part of the comparison.
func (k *kata) section(title string) {
	k.printf("\n%s\n\n", k.paint(bold, "── "+title+" "+strings.Repeat("─", 68-len(title))))
}

// findHeld finds which requirements hold: from the last run, or from another
// one if the code has changed since.
func (k *kata) findHeld(ctx context.Context, c *comparison) error {
	candidate := judge.Learner(c.e)
	fingerprint, err := candidate.Fingerprint()
	if err != nil {
		return err
	}
	c.held = map[string]judge.Status{}
	s, _ := k.loadState(c.e.Root())
	if last := s.of(c.e); last.ran() && last.Candidate == fingerprint {
		for _, q := range c.e.Requirements {
			c.held[q.ID] = last.status(q)
		}
	} else {
		result, err := k.measure(ctx, c.e, candidate, judge.Options{FailFast: true}, "your code as it is now, which was not tested yet")
		if err != nil {
			return err
		}
		for _, q := range result.Requirements {
			c.held[q.ID] = q.Status
		}
	}
	for _, q := range c.e.Requirements {
		switch status := c.held[q.ID]; {
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
		if s := c.held[q.ID]; s != judge.StatusPassed && s != judge.StatusSkipped {
			return false
		}
	}
	return true
}

// playBoth plays the same scripts with both sides.
func (k *kata) playBoth(ctx context.Context, c *comparison) error {
	dir, err := os.MkdirTemp("", "kata-compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := judge.Options{Only: c.only, Count: repetitions, FailFast: true, Records: filepath.Join(dir, "yours")}
	if k.getenv("KATA_SEED") == "" {
		o.Env = []string{"KATA_SEED=1"} // both get the same random input
	}
	result, err := k.measure(ctx, c.e, judge.Learner(c.e), o, "your code")
	if err != nil {
		return err
	}
	if q := result.FirstFailure(); q != nil && c.held[q.ID] == judge.StatusPassed {
		return fmt.Errorf("%s held before and does not always: there is nothing to compare until make test EX=%s is green every time", q.ID, number(c.e))
	}
	o.Overlay = filepath.Join(kataDir(c.e.Root()), "overlay", c.e.Name+".json")
	o.Records = filepath.Join(dir, "theirs")
	if result, err = k.measure(ctx, c.e, judge.Reference(c.e), o, "the reference"); err != nil {
		return err
	}
	if result.Verdict != judge.Passed {
		return fmt.Errorf("the reference does not pass here, which is a fault of this repository or of this machine: make solution EX=%s says more", number(c.e))
	}
	c.yours, err = record.Read(filepath.Join(dir, "yours"))
	if err == nil {
		c.theirs, err = record.Read(filepath.Join(dir, "theirs"))
	}
	return err
}

// measure is one run without the race detector, which would change the
// figures.
func (k *kata) measure(ctx context.Context, e *catalog.Exercise, candidate judge.Candidate, o judge.Options, comment string) (judge.Result, error) {
	if makeKataDir(e.Root()) != nil {
		o.Overlay = ""
	}
	o.Stderr = k.stderr
	result, err := k.judgeOnce(ctx, e, candidate, o, comment)
	if why, broken := noCompiler(result); broken {
		o.Env = append(o.Env, "CGO_ENABLED=0")
		result, err = k.judgeOnce(ctx, e, candidate, o, why)
	}
	if err == nil && result.Verdict == judge.HarnessBroken {
		err = fmt.Errorf("nothing was tested, and this is not your code's fault: %s", result.Why)
	}
	return result, err
}
