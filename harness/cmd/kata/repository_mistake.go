package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/mistake"
	"socketkata/harness/terminal"
)

// structural is how many changed lines make a complete file clearer than a
// patch.
const structural = 40

// mistake makes a known mistake of a changed copy of the reference.
func (k *kata) mistake(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	args, rebase := cmd.Args(), cmd.Bool("rebase")
	if rebase && args.Len() != 1 || !rebase && args.Len() != 3 {
		return terminal.Usagef("write go tool kata mistake EX NAME FILE, or go tool kata mistake --rebase EX")
	}
	e, err := c.Find(args.Get(0))
	if err != nil {
		return terminal.UsageError{Err: err}
	}
	if rebase {
		return k.rebase(e)
	}
	if err := e.Check(); err != nil {
		return err
	}
	if len(e.Reference) == 0 {
		return catalog.ErrNoSolutions
	}
	r, err := mistake.Write(ctx, e, args.Get(1), args.Get(2), k.dot)
	if err != nil {
		return err
	}
	k.Printf("Caught by: %s\nwrote %s\nNow write the lines that say %q.\n", r.CaughtBy, terminal.Here(r.File), catalog.Unwritten)
	if r.Changed > structural {
		k.Printf("It changes %d lines: a complete .go file with the same header may be clearer.\n", r.Changed)
	}
	if len(r.Similar) > 0 {
		k.Printf("These begin with the same failure: %s. If the exam takes it for one of them, add words of the failure to the line \"Shows\", or let both say the same.\n",
			strings.Join(r.Similar, ", "))
	}
	return nil
}

// dot prints a dot for each run, all in one line.
func (k *kata) dot(done, all int) {
	if done == 1 {
		k.Printf("%d runs: ", all)
	}
	k.Printf(".")
	if done == all {
		k.Printf("\n")
	}
}

// rebase writes the mistakes of an exercise again.
func (k *kata) rebase(e *catalog.Exercise) error {
	written, err := mistake.Rebase(e)
	for _, path := range written {
		k.Printf("wrote %s\n", terminal.Here(path))
	}
	if len(written) == 0 && err == nil {
		k.Printf("every patch of %s is as it has to be\n", e.Name)
	}
	return err
}
