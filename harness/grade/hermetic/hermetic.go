// Package hermetic runs the go command so that nothing but this module, the
// module cache and the toolchain decides what is built: no variable of the
// user's, no go env file, no workspace, no network, no C compiler. Building
// executes no code of a submission.
package hermetic

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"socketkata/harness/spawn"
)

// A BuildError is code that the go command refuses to build.
type BuildError struct {
	Output string // what the go command wrote, unchanged
}

func (e *BuildError) Error() string { return "the code does not compile" }

// A Go is the go command with an environment made from scratch.
type Go struct {
	path string
	root string // of the module
	env  []string
	// Convert is the program test2json, which makes events of what a test binary
	// prints.
	Convert string
}

// kept are the variables of the user's that say where things are. The caches are
// added by their values.
var kept = []string{"PATH", "HOME", "TMPDIR", "SYSTEMROOT", "LOCALAPPDATA"}

// fixed is what every build gets.
var fixed = []string{"CGO_ENABLED=0", "GO111MODULE=on", "GOENV=off", "GOEXPERIMENT=", "GOFLAGS=-mod=readonly",
	"GONOSUMDB=", "GOPRIVATE=", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOVCS=*:off", "GOWORK=off", "GOTELEMETRY=off",
	"GOGC=400"} // saves the linker's garbage collection

// New finds the go command and its caches.
func New(ctx context.Context, root string) (*Go, error) {
	path, err := spawn.LookGo()
	if err != nil {
		return nil, err
	}
	g := &Go{path: path, root: root, env: append([]string{"PWD=" + root}, fixed...)}
	for _, name := range kept {
		if v, ok := os.LookupEnv(name); ok {
			g.env = append(g.env, name+"="+v)
		}
	}
	// Where the caches are is the user's choice; what is in them is not executed.
	caches, err := caches(ctx, path, root)
	if err != nil {
		return nil, fmt.Errorf("ask the go command for its caches: %w", err)
	}
	g.env = append(g.env, caches...)
	g.Convert, err = g.Run(ctx, "tool", "-n", "test2json")
	g.Convert = strings.TrimSpace(g.Convert)
	return g, err
}

// caches returns the variables that say where the go command keeps compiled
// packages and modules.
func caches(ctx context.Context, path, root string) ([]string, error) {
	names := []string{"GOCACHE", "GOMODCACHE"}
	cmd := exec.CommandContext(ctx, path, append([]string{"env"}, names...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	values := strings.Split(strings.TrimRight(string(out), "\r\n"), "\n")
	if len(values) != len(names) {
		return nil, fmt.Errorf("go env printed %q", out)
	}
	for i, name := range names {
		values[i] = name + "=" + strings.TrimSpace(values[i])
	}
	return values, nil
}

// Run runs the go command at the root of the module. The error is a
// [*BuildError] if the command says that something is wrong.
func (g *Go) Run(ctx context.Context, args ...string) (output string, err error) {
	cmd := exec.CommandContext(ctx, g.path, args...)
	cmd.Dir, cmd.Env = g.root, g.env
	output, err = spawn.Combined(cmd)
	exit := (*exec.ExitError)(nil)
	switch {
	case err == nil:
		return output, nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.As(err, &exit) && exit.Exited():
		return "", &BuildError{Output: output}
	}
	return "", fmt.Errorf("run go %s: %w", args[0], err)
}

// Build links a package as a static program.
func (g *Go) Build(ctx context.Context, program, pkg string, flags ...string) error {
	args := append([]string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", program}, flags...)
	_, err := g.Run(ctx, append(args, pkg)...)
	return err
}

// Test links the tests of a package as a static program.
func (g *Go) Test(ctx context.Context, program, pkg string, flags ...string) error {
	args := append([]string{"test", "-c", "-vet=off", "-buildvcs=false", "-ldflags=-s -w", "-o", program}, flags...)
	_, err := g.Run(ctx, append(args, pkg)...)
	return err
}
