package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v3"
)

// hint shows the hints of the first requirement that is red in the last run,
// or else of the first one that is not green. The nudge comes alone, so that
// nobody reads more than they wanted.
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
		k.printf("Every core is green. Name the exercise you want a hint for: make hint EX=05\n")
		return nil
	}
	id := s.standing(e).firstRed
	if id == "" {
		id = e.Requirements[0].ID
	}
	q := e.Requirement(id)
	k.printf("%s\n\n", k.heading(e, q.ID+" "+q.Sentence))
	all := cmd.Bool("all") || k.getenv("ALL") != "" && k.getenv("ALL") != "0"
	for i, name := range []string{"nudge", "idea", "shape"} {
		if i >= len(q.Hints) || i > 0 && !all {
			break
		}
		k.item(name, q.Hints[i])
	}
	if !all {
		k.printf("\nmore: make hint EX=%s ALL=1\n", number(e))
	}
	return nil
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
