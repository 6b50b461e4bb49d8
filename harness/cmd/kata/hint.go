package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// layers are the hints of a requirement, in the order they are shown.
var layers = []string{"nudge", "idea", "shape"}

// hint shows the next hint of the first requirement that is red in the last
// run, or else of the first one that is not green. One comes at a time, so
// that nobody reads more than they wanted.
func (k *kata) hint(_ context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, _ := k.loadState(c.Root)
	e, err := k.exercise(cmd, c, s)
	if err != nil {
		return err
	}
	if e == nil {
		k.printf("%s\n", allDone)
		return nil
	}
	q := e.Requirement(s.standing(e).firstRed)
	if q == nil {
		k.printf("Every requirement of %s holds: there is nothing to hint at.\n", e.Name)
		return nil
	}
	if err := k.sayStale(e, s.of(e)); err != nil {
		return err
	}
	all := cmd.Bool("all") || k.getenv("ALL") != "" && k.getenv("ALL") != "0"
	k.showHint(e, q, s.of(e).Hints[sentenceHash(q.Sentence)], all)
	return nil
}

// sayStale says that another requirement may be the first red one by now.
func (k *kata) sayStale(e *catalog.Exercise, last saved) error {
	fingerprint, err := judge.Learner(e).Fingerprint()
	switch {
	case err != nil:
		return err
	case !last.ran():
		k.printf("Nothing was tested yet, so this is about the first requirement.\n\n")
	case last.Candidate != fingerprint:
		k.printf("Your code has changed since it was last tested, so this may be about a\nrequirement that holds by now: make test EX=%s says which comes first.\n\n", number(e))
	}
	return nil
}

// showHint shows one hint more than were seen, or all of them, and remembers
// that.
func (k *kata) showHint(e *catalog.Exercise, q *catalog.Requirement, seen int, all bool) {
	from, to := seen, seen+1
	over := seen >= len(q.Hints)
	if all || over {
		from, to = 0, len(q.Hints)
	}
	k.printf("%s\n\n", k.heading(e, q.ID+" "+q.Sentence))
	for i := from; i < to; i++ {
		k.item(layers[min(i, len(layers)-1)], q.Hints[i])
	}
	switch {
	case over && !all:
		k.printf("\nYou have seen every hint for %s. When nothing else helps: make diff EX=%s\n", q.ID, number(e))
	case to < len(q.Hints):
		k.printf("\n%d of %d; more: make hint EX=%s\n", to, len(q.Hints), number(e))
	}
	if to > seen {
		k.update(e, func(last *saved) {
			if last.Hints == nil {
				last.Hints = map[string]int{}
			}
			last.Hints[sentenceHash(q.Sentence)] = to
		})
	}
}

// wrap breaks text into lines of at most width characters, where words allow.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
