package guide

import (
	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
)

// layers are the hints of a requirement, in the order they are shown.
var layers = []string{"nudge", "idea", "shape"}

// Hint shows the next hint of the first requirement that is red in the last run,
// or else of the first that is not green. It shows one at a time, or all.
func Hint(screen *terminal.Screen, s *progress.State, e *catalog.Exercise, all bool) error {
	q := e.Requirement(s.Standing(e).FirstRed)
	if q == nil {
		screen.Printf("Every requirement of %s passes: there is nothing left to hint at.\n", e.Name)
		return nil
	}
	if err := sayStale(screen, e, s.Of(e)); err != nil {
		return err
	}
	showHint(screen, e, q, s.Of(e).Hints[q.ID], all)
	return nil
}

// sayStale says that another requirement may be the first red one by now.
func sayStale(screen *terminal.Screen, e *catalog.Exercise, last progress.Saved) error {
	fingerprint, err := judge.Learner(e).Fingerprint()
	switch {
	case err != nil:
		return err
	case !last.Ran():
		screen.Printf("Nothing has been tested yet, so this is about the first requirement.\n\n")
	case last.Candidate != fingerprint:
		screen.Printf("Your code has changed since it was last tested, so this may be about a\nrequirement that passes now: make test EX=%s says which is the first red one.\n\n", e.EX())
	}
	return nil
}

// showHint shows one hint more than were seen, or all of them, and remembers
// that.
func showHint(screen *terminal.Screen, e *catalog.Exercise, q *catalog.Requirement, seen int, all bool) {
	from, to := seen, seen+1
	over := seen >= len(q.Hints)
	if all || over {
		from, to = 0, len(q.Hints)
	}
	screen.Printf("%s\n\n", screen.Heading(e.Label(), q.ID+" "+q.Sentence))
	for i := from; i < to; i++ {
		screen.Item(layers[min(i, len(layers)-1)], q.Hints[i])
	}
	switch {
	case over && !all && (screen.Keys || len(e.Reference) == 0):
		screen.Printf("\nYou have seen every hint for %s.\n", q.ID)
	case to < len(q.Hints) && screen.Keys:
		screen.Printf("\n%d of %d; press h for more\n", to, len(q.Hints))
	case over && !all:
		screen.Printf("\nYou have seen every hint for %s. When nothing else helps: make diff EX=%s\n", q.ID, e.EX())
	case to < len(q.Hints):
		screen.Printf("\n%d of %d; more: make hint EX=%s\n", to, len(q.Hints), e.EX())
	}
	if to > seen {
		progress.RememberHints(screen, e, q.ID, to)
	}
}
