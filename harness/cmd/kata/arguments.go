package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// open finds the catalog from the folder kata was started in.
func (k *kata) open() (*catalog.Catalog, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the repository: %w", err)
	}
	return catalog.Open(dir)
}

// asked returns what EX says, "" if nothing.
func (k *kata) asked(cmd *cli.Command) string {
	if cmd.Args().Present() {
		return cmd.Args().First()
	}
	return cmp.Or(k.word, k.getenv("EX"))
}

// exercise returns the exercise EX names, or the next unfinished one. It is
// nil when nothing is left to do.
func (k *kata) exercise(cmd *cli.Command, c *catalog.Catalog, s *progress.State) (*catalog.Exercise, error) {
	if name := k.asked(cmd); name != "" {
		e, err := c.Find(name)
		if err != nil {
			return nil, terminal.UsageError{Err: err}
		}
		return e, e.Load()
	}
	return s.Unfinished(c)
}

// on is a verb that needs an exercise to be named.
func (k *kata) on(verb func(context.Context, *cli.Command, *catalog.Exercise) error) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		c, err := k.open()
		if err != nil {
			return err
		}
		if k.asked(cmd) == "" {
			return terminal.Usagef("say which exercise: make %s EX=05", cmd.Name)
		}
		e, err := k.exercise(cmd, c, nil)
		if err != nil {
			return err
		}
		return verb(ctx, cmd, e)
	}
}

// set reports whether an environment variable is set to anything but "0".
func (k *kata) set(variable string) bool {
	value := k.getenv(variable)
	return value != "" && value != "0"
}

// reported returns the exercise to report on.
func (k *kata) reported(cmd *cli.Command) (*catalog.Exercise, error) {
	c, err := k.open()
	if err != nil {
		return nil, err
	}
	if k.asked(cmd) != "" {
		return k.exercise(cmd, c, nil)
	}
	e := testrun.LastTested(c)
	if e == nil {
		return nil, errors.New("there is no run to report on yet: make test makes one")
	}
	return e, e.Load()
}

// failed is kata's end after a result.
func failed(r judge.Result) error {
	if r.Verdict != judge.Passed {
		return terminal.Failed
	}
	return nil
}

// candidate returns the learner's code, which is own, or the reference.
func candidate(cmd *cli.Command, e *catalog.Exercise) (c judge.Candidate, own bool, err error) {
	switch {
	case !cmd.Bool("solution"):
		return judge.Learner(e), true, testrun.MissingFile(e)
	case len(e.Reference) == 0:
		return c, false, catalog.ErrNoSolutions
	}
	return judge.Reference(e), false, nil
}

// A found exercise is the one a verb works on, with what it was found by.
type found struct {
	c     *catalog.Catalog
	s     *progress.State
	e     *catalog.Exercise // nil if nothing is left to do
	first bool              // no exercise was tested before
}

// find finds the exercise that EX names, or the next unfinished one. If there is
// none, it prints allDone.
func (k *kata) find(cmd *cli.Command, allDone string) (found, error) {
	c, err := k.open()
	if err != nil {
		return found{}, err
	}
	s, first := progress.Load(k.Screen, c.Root)
	e, err := k.exercise(cmd, c, s)
	if err == nil && e == nil {
		k.Printf("%s\n", allDone)
	}
	return found{c, s, e, first && testrun.LastTested(c) == nil}, err
}

func (k *kata) sayFirstRun(at found) {
	if at.first {
		k.Printf("%s\n", firstRun)
	}
}

// flag returns the value of a flag, or of the variable that replaces it.
func (k *kata) flag(cmd *cli.Command, name, variable string) string {
	if value := cmd.String(name); value != "" {
		return value
	}
	return k.getenv(variable)
}
