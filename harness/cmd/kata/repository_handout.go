package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/handout"
	"socketkata/harness/terminal"
)

// handout makes the repository that students get.
func (k *kata) handout(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	exercises, err := several(c, k.asked(cmd))
	if err != nil {
		return err
	}
	out := k.flag(cmd, "out", "OUT")
	if out != "" {
		k.Printf("The hand-out is built before it is committed, which takes a moment.\n")
	}
	files, err := handout.Make(ctx, c, exercises, out)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range exercises {
		names = append(names, e.Name)
	}
	k.Printf("%s has %d files in one commit, without solutions: %s.\n", terminal.Visible(out), files, strings.Join(names, ", "))
	return nil
}

// several returns the exercises that a list like 01,05,09 names, loaded, or all.
func several(c *catalog.Catalog, list string) ([]*catalog.Exercise, error) {
	names := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	exercises := c.Exercises
	if len(names) > 0 {
		exercises = nil
	}
	for _, name := range names {
		e, err := c.Find(name)
		if err != nil {
			return nil, terminal.UsageError{Err: err}
		}
		exercises = append(exercises, e)
	}
	slices.SortFunc(exercises, func(a, b *catalog.Exercise) int { return a.Number - b.Number })
	exercises = slices.Compact(exercises)
	for _, e := range exercises {
		if err := e.Load(); err != nil {
			return nil, err
		}
	}
	return exercises, nil
}
