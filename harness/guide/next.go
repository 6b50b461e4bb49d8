// Package guide says where a learner is and what comes next: the list of the
// exercises, the next one and why, and hints.
package guide

import (
	"fmt"
	"path/filepath"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// AllDone is the message when no requirement is left.
const AllDone = "Every requirement of every exercise passes: nothing is left to do."

// Next prints which exercise is next, and why. first says that it is the first
// of all.
func Next(screen *terminal.Screen, s *progress.State, e *catalog.Exercise, first bool) {
	screen.Printf("%s\n\n", screen.Heading(e.Label(), e.Title))
	screen.Item("why", whyNext(e, s.Standing(e), first))
	screen.Item("read", terminal.Here(filepath.Join(e.Dir, "README.md")))
	screen.Item("edit", terminal.Here(filepath.Join(e.Dir, e.Slug+".go")))
	screen.Item("run", "make test")
}

func whyNext(e *catalog.Exercise, s progress.Standing, first bool) string {
	red := ""
	if q := e.Requirement(s.FirstRed); q != nil {
		red = fmt.Sprintf("; the first requirement that does not pass is %s: %s", q.ID, q.Sentence)
	}
	switch {
	case s.CoreDone():
		return fmt.Sprintf("every core is done; hardened %s%s", s.Hardened, red)
	case s.Tested:
		return fmt.Sprintf("you have started it: core %s%s", s.Core, red)
	case first:
		return "it is the first exercise"
	}
	return "the core of every exercise before it is done"
}

// LeftBehind says that kata continues with e, although the exercise tested last
// is another one and has been edited since: its core is done, and the learner may
// still be at work on its hardened tier.
func LeftBehind(screen *terminal.Screen, c *catalog.Catalog, e *catalog.Exercise, s *progress.State) {
	last := testrun.LastTested(c)
	if last == nil || last.Name == e.Name || !s.Of(last).Ran() { // a reset forgets the run
		return
	}
	run, err := testrun.Load(last)
	if err != nil {
		return
	}
	if now, err := judge.Learner(last).Fingerprint(); err == nil && now != run.Candidate {
		screen.Printf("Your %s has changed since its last test, but another exercise is tested now.\nmake test EX=%s tests it.\n\n", last.Name, last.EX())
	}
}
