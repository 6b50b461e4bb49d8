package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
)

// A kata is one run of the command.
type kata struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	color          bool
}

// command builds the verbs. EX is an argument, or the variable EX of the
// environment, which is how the Makefile hands it on whatever it contains.
func (k *kata) command() *cli.Command {
	exercise := "[EX]"
	all := &cli.BoolFlag{Name: "all", Usage: "show all hints, not only the first (or set ALL=1)"}
	asJSON := &cli.BoolFlag{Name: "json", Usage: "write JSON"}
	out := &cli.StringFlag{Name: "o", Usage: "write the report to `FILE`"}
	open := &cli.BoolFlag{Name: "open", Usage: "open it in a browser (or set OPEN=1)"}
	times := &cli.IntFlag{Name: "n", Value: 1000, Usage: "how many repetitions"}
	return &cli.Command{
		Name: "kata", Usage: "learn network sockets, one red test at a time",
		Writer: k.stdout, ErrWriter: k.stderr,
		HideHelpCommand: true, HideVersion: true,
		OnUsageError:   wrongUse,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run decides
		Action:         k.noVerb,
		Commands: []*cli.Command{
			verb("list", "", "show the exercises and how far you are", k.list, asJSON),
			verb("test", exercise, "test your answer; without EX, that to the next unfinished exercise", k.test),
			verb("hint", exercise, "help with the first requirement that is red", k.hint, all),
			verb("solution", exercise, "test the reference answer", k.solution),
			verb("diff", exercise, "compare your answer with the reference", k.diff),
			verb("report", exercise, "write the last run as one HTML file; without EX, that of the exercise tested last", k.report, out, open),
			verb("reset", exercise, "begin again from the stub; your file is kept", k.reset),
			verb("verify", "", "run the repository's own exam", k.verify),
			verb("e2e", "", "look at a report in a real browser", k.e2e),
			verb("soak", "", "run the repository's long exam", k.soak, times),
		},
	}
}

func verb(name, args, usage string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
	return &cli.Command{Name: name, ArgsUsage: args, Usage: usage, Flags: flags, OnUsageError: wrongUse,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if most := len(args) / len("[EX]"); cmd.Args().Len() > most {
				return usagef("%s takes %s: leave out %q", name, []string{"no argument", "one exercise"}[most], cmd.Args().Get(most))
			}
			return action(ctx, cmd)
		}}
}

func wrongUse(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return usagef("%s: %w; see %s -h", cmd.FullName(), err, cmd.FullName())
}

func (k *kata) noVerb(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usagef("no verb is called %q; there are list, test, hint, solution, diff, report, reset, verify, e2e and soak", cmd.Args().First())
	}
	return cli.ShowRootCommandHelp(cmd)
}

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
	return k.getenv("EX")
}

// exercise returns the exercise EX names, or the next unfinished one. It is
// nil when every exercise is finished.
func (k *kata) exercise(cmd *cli.Command, c *catalog.Catalog, s *state) (*catalog.Exercise, error) {
	if name := k.asked(cmd); name != "" {
		e, err := c.Find(name)
		if err != nil {
			return nil, usageError{err}
		}
		return e, e.Load()
	}
	for _, e := range c.Exercises {
		if err := e.Load(); err != nil {
			return nil, err
		}
		if !s.standing(e).coreDone() {
			return e, nil
		}
	}
	return nil, nil
}

// named is exercise for the verbs that need one to be named.
func (k *kata) named(cmd *cli.Command, verb string) (*catalog.Exercise, error) {
	c, err := k.open()
	if err != nil {
		return nil, err
	}
	if k.asked(cmd) == "" {
		return nil, usagef("say which exercise: make %s EX=05", verb)
	}
	return k.exercise(cmd, c, nil)
}

func (k *kata) printf(format string, args ...any) { fmt.Fprintf(k.stdout, format, args...) }

// warn says one line that is no result.
func (k *kata) warn(format string, args ...any) {
	fmt.Fprintln(k.stderr, "kata: "+visible(fmt.Sprintf(format, args...)))
}
