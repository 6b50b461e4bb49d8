// Package exam runs the repository's own exam: the tests of the harness.
package exam

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"socketkata/harness/progress"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

// Verify runs the exam. What has passed with the same inputs is not run again:
// the tests of a package here, and in package harness_test the parts of each
// exercise. With the variable EX it runs the exam of that exercise alone,
// without the tests of the harness itself.
func Verify(ctx context.Context, screen *terminal.Screen, root string, getenv func(string) string) error {
	memory := NewMemory(root, getenv)
	var units []tested
	if exercise := getenv("EX"); exercise != "" {
		screen.Printf("The exam of exercise %s alone, without the tests of the harness itself.\n\n", exercise)
	} else {
		var err error
		if units, err = packages(ctx, memory); err != nil {
			return err
		}
	}
	// Wrong code waits until a step times out, so more parts than processors.
	args := []string{"-count=1", "-parallel=8", "-timeout=32m", "./harness"}
	remembered := 0
	for _, u := range units {
		if memory.Passed(u.part, u.key) {
			remembered++
			continue
		}
		args = append(args, "./"+u.dir)
	}
	if remembered > 0 {
		screen.Printf("Remembered: %s of the harness passed before, with the same inputs, and so did\neach exercise marked as remembered. make verify ALL=1 judges everything again.\n\n", wire.Count(remembered, "package"))
	}
	if err := progress.MakeDir(root); err != nil {
		screen.Warn("nothing can be remembered: %v", err)
		return run(ctx, screen, root, nil, nil, args...)
	}
	log := filepath.Join(progress.Dir(root), "verify.json")
	err := run(ctx, screen, root, nil, []string{"--jsonfile", log}, args...)
	if problem := rememberPackages(memory, units, log); problem != nil {
		screen.Warn("%v", problem)
	}
	return err
}

var errNoGo = errors.New("the go command is not in PATH: install Go from https://go.dev/dl/")

// Browser runs the tests that need a browser, which Verify skips: the driver of
// the browser takes long to compile.
func Browser(ctx context.Context, screen *terminal.Screen, root string) error {
	return run(ctx, screen, root, nil, nil, "-count=1", "-tags=e2e", "-run=Browser", "-timeout=10m", "./harness/report/page", "./harness/grade/site", "./harness/contest/picture")
}

// Soak runs the long exam, with n repetitions of each right answer.
func Soak(ctx context.Context, screen *terminal.Screen, root string, n int) error {
	// No time limit: it takes as long as the repetitions take.
	return run(ctx, screen, root, []string{fmt.Sprintf("KATA_SOAK=%d", n)}, nil, "-count=1", "-run=Soak", "-timeout=0", "./harness/...")
}

// run runs tests of the harness, with more flags for gotestsum. They get the
// terminal, and kata exits with their status.
func run(ctx context.Context, screen *terminal.Screen, root string, env, sum []string, args ...string) error {
	screen.Printf("$ %s\n", strings.Join(append(env, append([]string{"go", "test"}, args...)...), " "))
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"tool", "gotestsum", "--format", "testname"}, sum, []string{"--"}, args)...)
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
		return errNoGo
	}
	return fmt.Errorf("run the exam: %w", err)
}
