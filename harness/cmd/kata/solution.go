package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

var errNoSolutions = errors.New("this copy of the repository comes without solutions")

func (k *kata) solution(ctx context.Context, cmd *cli.Command) error {
	e, err := k.named(cmd, "solution")
	if err != nil {
		return err
	}
	if len(e.Reference) == 0 {
		return errNoSolutions
	}
	result, err := k.judge(ctx, e, judge.Reference(e), judge.Options{
		Overlay: filepath.Join(kataDir(e.Root()), "overlay", e.Name+".json"),
	})
	if err != nil {
		return err
	}
	k.show(e, result, false)
	if result.Verdict != judge.Passed {
		k.printf("The reference does not pass here. That is a fault of this repository or of this machine.\n")
		return exitStatus(exitFailed)
	}
	k.printf("The reference is %s\n", k.here(mainReference(e)))
	return nil
}

func mainReference(e *catalog.Exercise) string {
	return filepath.Join(e.SolutionDir, e.Slug+".go")
}
