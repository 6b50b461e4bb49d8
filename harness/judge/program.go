package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/spawn"
	"socketkata/harness/temporary"
	"socketkata/harness/traceback"
)

// A Program is the test binary of an exercise with a candidate's code in it, to
// be run other than as a test. [Program.Remove] removes it.
type Program struct {
	e    *catalog.Exercise
	dir  string // temporary
	path string
	env  []string
}

// A BuildError is a candidate that does not compile.
type BuildError struct {
	Output string // what the compiler wrote, unchanged
}

func (e *BuildError) Error() string { return "the code does not compile" }

// Build compiles the exercise's tests with the candidate's files, even if the
// tests would fail. The error is a [*BuildError], or ctx's, or about the go
// command.
func Build(ctx context.Context, e *catalog.Exercise, c Candidate) (p *Program, err error) {
	if err := errors.Join(c.check(), c.checkImports(e.Root())); err != nil {
		return nil, err
	}
	path, err := spawn.LookGo()
	if err != nil {
		return nil, err
	}
	r := &run{e: e, c: c, goCommand: path}
	if !c.InPlace {
		if r.overlay, err = newOverlay(e, c, ""); err != nil {
			return nil, err
		}
		defer r.cleanUp()
	}
	dir, err := temporary.Folder(os.Getenv("GOTMPDIR"), "play")
	if err != nil {
		return nil, err
	}
	p = &Program{e: e, dir: dir, path: filepath.Join(dir, "play.exe"), env: r.environment()}
	if err = p.build(ctx, r); err == nil {
		err = p.expectOverlay(ctx, r)
	}
	if err != nil {
		p.Remove()
		return nil, err
	}
	return p, nil
}

// build runs go test -c. If the C compiler does not work, it builds without
// cgo.
func (p *Program) build(ctx context.Context, r *run) error {
	args := []string{"test", "-c", "-o", p.path}
	if r.overlay.file != "" {
		args = append(args, "-overlay="+r.overlay.file)
	}
	args = append(args, pattern(p.e))
	output, err := p.output(ctx, r.goCommand, args...)
	if err != nil && strings.HasPrefix(output, "# runtime/cgo") {
		p.env = append(p.env, "CGO_ENABLED=0")
		output, err = p.output(ctx, r.goCommand, args...)
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return &BuildError{Output: output}
	}
	return fmt.Errorf("run the go command: %w", err)
}

// expectOverlay checks that the program holds the candidate's files and not
// those on disk; see overlay.
func (p *Program) expectOverlay(ctx context.Context, r *run) error {
	if r.overlay.witness == "" {
		return nil
	}
	list, err := p.output(ctx, p.path, "-test.list=^"+witnessTest+"$")
	if err == nil && !strings.Contains(list, witnessTest) {
		err = errors.New("the overlay is not in force: the go command compiled the files on disk")
	}
	return err
}

// output runs a command and returns all that it says.
func (p *Program) output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = p.e.Root(), p.env
	return spawn.Combined(cmd)
}

// Remove removes the program.
func (p *Program) Remove() { temporary.Remove(p.dir) }

// An Execution is a run of a [Program], in a process group of its own.
type Execution struct {
	cmd   *exec.Cmd
	group *spawn.Group
}

// Start runs one test of the program as go test would: in the exercise's
// folder, but without a time limit.
func (p *Program) Start(test string, env []string, stdout, stderr io.Writer) (*Execution, error) {
	// Only group needs the context.
	cmd := exec.CommandContext(context.Background(), p.path, "-test.run="+alternatives([]string{test}), "-test.timeout=0")
	cmd.Dir, cmd.Env = p.e.Dir, append(p.env[:len(p.env):len(p.env)], env...)
	cmd.Env = append(cmd.Env, "PWD="+p.e.Dir)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.WaitDelay = spawn.PipeGrace
	x := &Execution{cmd: cmd, group: spawn.NewGroup(cmd)}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the program: %w", err)
	}
	return x, nil
}

// Wait waits until the process has ended, ends what it has started, and says
// how it ended: "" or, for example, "exit status 2".
func (x *Execution) Wait() string {
	err := x.cmd.Wait()
	x.group.End()
	var exit *exec.ExitError
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return ""
	}
	if errors.As(err, &exit) {
		return exit.ProcessState.String()
	}
	return err.Error()
}

// Pid returns the number of the process.
func (x *Execution) Pid() int { return x.cmd.Process.Pid }

// Kill ends the process and what it has started at once. Wait is still to be
// called.
func (x *Execution) Kill() {
	x.group.Kill()
}

// A Crash is how a Go process ended by itself.
type Crash struct {
	What  string // "panic: assignment to entry in nil map", "fatal error: all goroutines are asleep"
	Where string // in the candidate's code: "ServeConn at echo.go:21"; "" if it is not in the traceback
}

// FindCrash looks in what a process wrote to its standard error for the
// traceback of its end.
func FindCrash(e *catalog.Exercise, stderr string) (Crash, bool) {
	_, c, found := traceback.FindCrash(stderr)
	if !found {
		return Crash{}, false
	}
	crash := Crash{What: c.Message}
	if f, ok := c.Innermost(packageOf(e)); ok {
		crash.Where = f.At()
	}
	return crash, true
}
