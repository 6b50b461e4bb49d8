package catch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"socketkata/harness/judge"
	"socketkata/harness/slow"
	"socketkata/harness/spawn"
	"socketkata/harness/temporary"
)

// Options say how tests are run.
type Options struct {
	// Run runs a program. [Here] is for tests that are trusted as much as the
	// user who wrote them.
	Run      func(ctx context.Context, p Program) (Ended, error)
	AtOnce   int                 // how many programs run at a time
	Limit    time.Duration       // of the tests on one answer; KATA_SLOW stretches it
	Progress func(done, all int) // if not nil, is called after each answer, concurrently
}

// Default is for a learner's own tests.
func Default() Options { return Options{Run: Here, AtOnce: 8 * runtime.NumCPU(), Limit: TestLimit} }

// A Program is a static test binary that runs the tests on one answer.
type Program struct {
	Path  string
	Args  []string
	Env   []string // beyond what a program needs on this system
	Limit time.Duration
}

// Ended is how a program ended.
type Ended struct {
	Passed bool   // by itself, with status 0
	Late   bool   // its time was over
	Output string // at most [outputLimit] bytes
}

const (
	// TestLimit is long: the exercise's own tests, all together, take a tenth of it
	// on a busy machine.
	TestLimit   = 30 * time.Second
	outputLimit = 1 << 20
)

// run runs tests on an answer.
func (t *trial) run(ctx context.Context, c judge.Candidate, tests []string, count int) (Ended, error) {
	path, variable, err := t.batch.Program(c)
	if err != nil {
		return Ended{}, err
	}
	end, err := t.o.Run(ctx, Program{
		Path: path,
		Args: []string{"-test.run=^(" + strings.Join(tests, "|") + ")$", fmt.Sprintf("-test.count=%d", count), "-test.failfast", "-test.paniconexit0"},
		// The random input is the same each time, and so is what the tests catch.
		Env:   []string{variable, "KATA_SEED=1", "KATA_STILL=1", "KATA_SLOW=" + os.Getenv("KATA_SLOW")},
		Limit: slow.Stretch(t.o.Limit),
	})
	if err != nil {
		return end, fmt.Errorf("run the tests on %s: %w", c.Name, err)
	}
	return end, nil
}

// needed are the variables that a program needs on some system.
var needed = []string{"TMPDIR", "TEMP", "TMP", "SYSTEMROOT"}

// Here runs a program with the rights of the user.
func Here(ctx context.Context, p Program) (Ended, error) {
	dir, err := temporary.Folder("", "catch")
	if err != nil {
		return Ended{}, err
	}
	defer temporary.Remove(dir)
	limited, cancel := context.WithTimeout(ctx, p.Limit)
	defer cancel()
	cmd := exec.CommandContext(limited, p.Path, p.Args...)
	cmd.Dir, cmd.Env = dir, p.Env
	for _, name := range needed {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	output, err := spawn.Combined(cmd)
	if ctx.Err() != nil {
		return Ended{}, context.Cause(ctx)
	}
	end := Ended{Passed: err == nil, Late: limited.Err() != nil, Output: output[:min(len(output), outputLimit)]}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) || end.Late {
		err = nil
	}
	return end, err
}
