package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"socketkata/harness/exam"
	"socketkata/harness/terminal"
)

// repositoryVerbs are for instructors and maintainers. A hand-out has none of
// them: it leaves out the files repository_*.go and gets another one in place of
// this file.
func (k *kata) repositoryVerbs() []*cli.Command {
	return []*cli.Command{
		k.verb("catch", exerciseArg, "try your tests on known mistakes", heard(k.on(k.catch))),
		k.verb("handout", exerciseArg, "make a repository for students (EX=05,09: of these)", k.handout,
			&cli.StringFlag{Name: "out", Usage: "the new `FOLDER` (or set OUT=../course)"}),
		k.verb("mistake", "EX [NAME] [FILE]", "make a known mistake of FILE, a changed copy of the reference", heard(k.mistake),
			&cli.BoolFlag{Name: "rebase", Usage: "write all mistakes of EX again after its reference has changed"}),
		k.gradeVerbs(),
		k.verb("verify", "", "run the repository's own exam", k.verify),
		k.verb("e2e", "", "look at a report in a real browser", k.e2e),
		k.verb("soak", "", "run the repository's long exam", k.soak, &cli.IntFlag{Name: "n", Value: 1000, Usage: "how many repetitions"}),
	}
}

func (k *kata) verify(ctx context.Context, _ *cli.Command) error {
	return k.exam(func(root string) error { return exam.Verify(ctx, k.Screen, root, k.getenv) })
}

func (k *kata) e2e(ctx context.Context, _ *cli.Command) error {
	return k.exam(func(root string) error { return exam.Browser(ctx, k.Screen, root) })
}

func (k *kata) soak(ctx context.Context, cmd *cli.Command) error {
	n := cmd.Int("n")
	if n < 1 {
		return terminal.Usagef("soak: -n must be at least 1")
	}
	return k.exam(func(root string) error { return exam.Soak(ctx, k.Screen, root, n) })
}

func (k *kata) exam(run func(root string) error) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	return run(c.Root)
}
