package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

func (k *kata) verify(ctx context.Context, _ *cli.Command) error {
	// Most of the exam waits: for code that is wrong by plan to give up.
	return k.exam(ctx, nil, "-count=1", "-parallel=12", "-timeout=25m", "./harness/...")
}

// e2e runs the tests that need a browser, which verify skips: what drives it
// takes long to compile.
func (k *kata) e2e(ctx context.Context, _ *cli.Command) error {
	return k.exam(ctx, nil, "-count=1", "-tags=e2e", "-run=Browser", "-timeout=10m", "./harness/report")
}

func (k *kata) soak(ctx context.Context, cmd *cli.Command) error {
	n := cmd.Int("n")
	if n < 1 {
		return usagef("soak: -n must be at least 1")
	}
	// No time limit: it takes as long as the repetitions take.
	return k.exam(ctx, []string{fmt.Sprintf("KATA_SOAK=%d", n)}, "-count=1", "-run=Soak", "-timeout=0", "./harness/...")
}

// exam runs the harness's own tests. They get the terminal, and their exit
// status is kata's.
func (k *kata) exam(ctx context.Context, env []string, args ...string) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	k.printf("$ %s\n", strings.Join(append(env, append([]string{"go", "test"}, args...)...), " "))
	cmd := exec.CommandContext(ctx, "go", append([]string{"tool", "gotestsum", "--format", "testname", "--"}, args...)...)
	cmd.Dir = c.Root
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, k.stdout, k.stderr
	// The terminal interrupts the whole foreground group, gotestsum too; this
	// is for an interrupt that only kata got.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exitStatus(exit.ExitCode())
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("the go command is not in PATH: install Go from https://go.dev/dl/")
	}
	return fmt.Errorf("run the exam: %w", err)
}
