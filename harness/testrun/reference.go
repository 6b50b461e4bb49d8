package testrun

import (
	"context"
	"path/filepath"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
)

// Reference tests the reference answer and says where it is.
func (run *Runner) Reference(ctx context.Context, e *catalog.Exercise) error {
	if len(e.Reference) == 0 {
		return catalog.ErrNoSolutions
	}
	result, err := run.Run(ctx, e, judge.Reference(e), judge.Options{Overlay: progress.OverlayFile(e)})
	if err != nil {
		return err
	}
	run.Show(e, result, false)
	if result.Verdict != judge.Passed {
		run.Printf("The reference does not pass here. That is a fault of this repository or of this machine.\n")
		return terminal.Failed
	}
	run.Printf("The reference is %s\n", terminal.Here(filepath.Join(e.SolutionDir, e.Slug+".go")))
	return nil
}
