package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v3"

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
