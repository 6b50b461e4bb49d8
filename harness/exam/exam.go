// Package exam runs the repository's own exam: the tests of the harness.
package exam

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"socketkata/harness/terminal"
)

// Verify runs the exam.
func Verify(ctx context.Context, screen *terminal.Screen, root string) error {
	// Most of the exam waits: for wrong code to time out.
	return run(ctx, screen, root, nil, "-count=1", "-parallel=12", "-timeout=25m", "./harness/...")
}

// Browser runs the tests that need a browser, which Verify skips: the driver of
// the browser takes long to compile.
func Browser(ctx context.Context, screen *terminal.Screen, root string) error {
	return run(ctx, screen, root, nil, "-count=1", "-tags=e2e", "-run=Browser", "-timeout=10m", "./harness/report/page")
}

// Soak runs the long exam, with n repetitions of each right answer.
func Soak(ctx context.Context, screen *terminal.Screen, root string, n int) error {
	// No time limit: it takes as long as the repetitions take.
	return run(ctx, screen, root, []string{fmt.Sprintf("KATA_SOAK=%d", n)}, "-count=1", "-run=Soak", "-timeout=0", "./harness/...")
}

// run runs the harness's own tests. They get the terminal, and their exit status
// becomes kata's.
func run(ctx context.Context, screen *terminal.Screen, root string, env []string, args ...string) error {
	screen.Printf("$ %s\n", strings.Join(append(env, append([]string{"go", "test"}, args...)...), " "))
	cmd := exec.CommandContext(ctx, "go", append([]string{"tool", "gotestsum", "--format", "testname", "--"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, screen.Out, screen.Err
	// A terminal interrupts the whole foreground group, including gotestsum. This
	// is for an interrupt that only kata receives.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return terminal.ExitStatus(exit.ExitCode())
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("the go command is not in PATH: install Go from https://go.dev/dl/")
	}
	return fmt.Errorf("run the exam: %w", err)
}
