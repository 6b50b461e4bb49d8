package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"socketkata/harness/boundary"
	"socketkata/harness/catalog"
	"socketkata/harness/spawn"
)

// ErrDeclined means that [Options].Process is impossible for an exercise: its
// README.md says "Process arena: no".
var ErrDeclined = errors.New("README.md says: Process arena: no")

// crosses fails if an exercise cannot be judged in a process of its own, with
// a reason from its README.md, or with the file and line of each type that
// cannot cross.
func crosses(ctx context.Context, e *catalog.Exercise) error {
	because, err := boundary.Declined(e)
	if err != nil {
		return err
	}
	if because != "" {
		return fmt.Errorf("%w, because %s", ErrDeclined, because)
	}
	path, err := spawn.LookGo()
	if err != nil {
		return err
	}
	err = boundary.Check(e, e.Stub, func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, path, args...)
		cmd.Dir, cmd.Env = e.Root(), append(os.Environ(), "PWD="+e.Root())
		return spawn.Combined(cmd)
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
