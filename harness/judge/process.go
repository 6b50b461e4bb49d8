package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"socketkata/harness/boundary"
	"socketkata/harness/catalog"
	"socketkata/harness/spawn"
	"socketkata/harness/temporary"
)

// ArenaVariable names the environment variable that makes the bench play its
// scripts against another process: "process" is the program in
// SubjectVariable, "address" what listens at AddressVariable.
const (
	ArenaVariable   = "KATA_ARENA"
	SubjectVariable = "KATA_SUBJECT"
	AddressVariable = "KATA_ADDRESS"
)

// programDir is the folder of the candidate's program inside its package, which
// only the go command sees.
const programDir = "process"

// AtAddress returns options that judge what listens at a loopback address
// instead of a candidate. The candidate must be [Stub]: a test that calls its
// functions, and not the server, judges nothing and counts as skipped.
func (o Options) AtAddress(address string) Options {
	o.atAddress = true
	o.Env = append(o.Env[:len(o.Env):len(o.Env)], ArenaVariable+"=address", AddressVariable+"="+address)
	return o
}

// Elsewhere reports whether what is judged runs outside the test's own process.
// There only a bench takes a test, and some requirements are skipped by design.
func (o Options) Elsewhere() bool { return o.Process || o.atAddress || o.Linked.apart() }

// A split is a candidate that was built as a program of its own, and the
// package that takes its place in the test.
type split struct {
	dir     string // temporary
	program string
	proxy   Candidate
}

func (s split) environment() []string {
	return []string{ArenaVariable + "=process", SubjectVariable + "=" + s.program}
}

// splitOff builds the candidate as a program. When it does not compile, the
// compiler's output says why.
func splitOff(ctx context.Context, e *catalog.Exercise, c Candidate, race bool) (s split, compiler string, err error) {
	if err := c.check(); err != nil {
		return s, "", err
	}
	if err := crosses(ctx, e); err != nil {
		return s, "", err
	}
	a, err := boundary.Read(e, e.Stub)
	if err != nil {
		return s, "", err
	}
	if s.dir, err = temporary.Folder("", "process"); err != nil {
		return s, "", err
	}
	proxy, err := a.Proxy()
	if err != nil {
		return s, "", err
	}
	main, err := a.Program(e)
	if err != nil {
		return s, "", err
	}
	s.program = filepath.Join(s.dir, e.Slug)
	s.proxy = Candidate{Name: c.Name, Files: map[string]string{e.Slug + ".go": filepath.Join(s.dir, "proxy.go")}}
	if err := errors.Join(
		os.WriteFile(filepath.Join(s.dir, "proxy.go"), proxy, 0o644),
		os.WriteFile(filepath.Join(s.dir, "main.go"), main, 0o644),
	); err != nil {
		return s, "", err
	}
	compiler, err = s.build(ctx, e, c, race)
	return s, compiler, err
}

func (s split) build(ctx context.Context, e *catalog.Exercise, c Candidate, race bool) (compiler string, err error) {
	c, err = c.onDisk(filepath.Join(s.dir, "code"))
	if err != nil {
		return "", err
	}
	replace, err := replacements(e, c)
	if err != nil {
		return "", err
	}
	replace[filepath.Join(e.Dir, programDir, "main.go")] = filepath.Join(s.dir, "main.go")
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(s.dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o644); err != nil {
		return "", err
	}
	args := []string{"build", "-buildvcs=false", "-overlay=" + file, "-o", s.program}
	if race {
		args = append(args, "-race")
	}
	path, err := spawn.LookGo()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, append(args, pattern(e)+"/"+programDir)...)
	cmd.Dir, cmd.Env = e.Root(), append(os.Environ(), "PWD="+e.Root())
	out, err := spawn.Combined(cmd)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.As(err, &exit):
		return out, nil
	}
	return "", fmt.Errorf("build the candidate's program: %w", err)
}

func (s split) remove() { temporary.Remove(s.dir) }
