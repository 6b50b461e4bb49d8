// Package sandbox runs a static program that nobody has reason to trust. It has
// a network of its own with loopback only, an empty root with nothing but copies
// of the files it was given and the name localhost, a small /tmp, an environment made from scratch,
// process IDs of its own, and limits on time, memory, processes and output.
// When it ends, everything it started is gone.
//
// The sandbox is made of Linux namespaces, by bubblewrap where that works and
// otherwise directly. In both cases the program box, which [Open] compiles,
// builds the root and sets the limits.
package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/hermetic"
	"socketkata/harness/temporary"
)

// A Kind is what makes the namespaces.
type Kind string

// The kinds. [Auto] is the first of Bubblewrap and Namespaces that works.
const (
	Auto       Kind = "auto"
	Bubblewrap Kind = "bubblewrap"
	Namespaces Kind = "namespaces"
	None       Kind = "none"
)

// Limits are what one program may use.
type Limits struct {
	Wall      time.Duration `json:"wall"`      // then everything is killed
	CPU       time.Duration `json:"cpu"`       // of each process
	Memory    int64         `json:"memory"`    // bytes of addresses of each process; a Go test needs 1 GiB
	Processes int           `json:"processes"` // and threads, of all together
	Files     int           `json:"files"`     // descriptors of each process
	FileSize  int64         `json:"fileSize"`  // bytes
	Disk      int64         `json:"disk"`      // bytes in /tmp
	Output    int64         `json:"output"`    // bytes; then everything is killed
}

// DefaultLimits fit the tests of every exercise, on a slow machine too.
func DefaultLimits() Limits {
	return Limits{Wall: 30 * time.Minute, CPU: 10 * time.Minute, Memory: 3 << 30, Processes: 256, Files: 4096,
		FileSize: 64 << 20, Disk: 64 << 20, Output: 16 << 20}
}

// A Spec is what the program box reads.
type Spec struct {
	Kind    Kind              `json:"kind"`
	Bwrap   string            `json:"bwrap,omitempty"` // path of bubblewrap
	Owner   int               `json:"owner,omitempty"` // the process with which the sandbox ends
	Files   map[string]string `json:"files"`           // path inside → file outside, copied
	Command []string          `json:"command"`         // program and first arguments
	Env     []string          `json:"env"`             // the whole environment
	Limits  Limits            `json:"limits"`
	// Inner is a sandbox inside this one, for code that the program starts with
	// "box enter". It shares the network and /tmp, where tests and code meet at
	// sockets. Its files are copies of this sandbox's.
	Inner *Spec `json:"inner,omitempty"`
	// SharedTmp says that this is the inner sandbox.
	SharedTmp bool `json:"sharedTmp,omitempty"`
}

// Where a program inside finds what it needs to start its inner sandbox.
const (
	BoxInside   = "/box"
	InnerInside = "/inner.json"
)

// What the program box writes into the file beside its description whose name ends
// in Starts: each time it was asked for a sandbox, and each time it started the
// program.
const (
	Starts  = ".starts"
	Asked   = "asked\n"
	Started = "started\n"
)

// ErrNotStarted means that the sandbox could not start the program, the last time
// it was asked to. Nothing is known about the program then.
var ErrNotStarted = errors.New("the sandbox did not start the program")

// Check returns [ErrNotStarted] or nil, after a run of the command that [Box.Prepare]
// returned for dir and name.
func (b *Box) Check(dir, name string) error {
	if b.Kind == None {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(dir, name+".json"+Starts))
	if err != nil || !strings.HasSuffix(string(text), Started) {
		return ErrNotStarted
	}
	return nil
}

// A Box starts programs in sandboxes. Its methods may be called concurrently.
type Box struct {
	Kind  Kind
	Why   string // why Kind is not the one before it in the order of preference
	dir   string
	bwrap string
}

// ErrNoSandbox means that no sandbox works here.
var ErrNoSandbox = errors.New("no sandbox works here, so submissions are not run; --sandbox=none runs them with all your rights")

// Open finds the sandbox that works here by running a program in it. The caller
// closes the Box. The error wraps [ErrNoSandbox] if none works, or not the one
// that is wanted.
func Open(ctx context.Context, g *hermetic.Go, want Kind) (*Box, error) {
	if want == None {
		return &Box{Kind: None}, nil
	}
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("%w (it needs Linux; this is %s)", ErrNoSandbox, runtime.GOOS)
	}
	b, err := compile(ctx, g)
	if err != nil {
		return nil, err
	}
	if err := b.choose(ctx, want); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// compile makes a Box of which the kind is still to be found.
func compile(ctx context.Context, g *hermetic.Go) (*Box, error) {
	dir, err := Folder("", "box")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the sandbox: %w", err)
	}
	b := &Box{dir: dir}
	err = g.Build(ctx, b.program(), catalog.Module+"/harness/grade/sandbox/box")
	if build := (*hermetic.BuildError)(nil); errors.As(err, &build) {
		err = errors.New(build.Output)
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("build the program of the sandbox: %w", err)
	}
	return b, nil
}

// choose tries the kinds.
func (b *Box) choose(ctx context.Context, want Kind) error {
	var refused []string
	for _, kind := range []Kind{Bubblewrap, Namespaces} {
		if want != Auto && want != kind {
			continue
		}
		b.Kind = kind
		err := b.try(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			b.Why = strings.Join(refused, "; ")
			return nil
		}
		refused = append(refused, fmt.Sprintf("%s: %v", kind, err))
	}
	if len(refused) == 0 {
		return fmt.Errorf("unknown sandbox %q: auto, %s, %s or %s", want, Bubblewrap, Namespaces, None)
	}
	return fmt.Errorf("%w: %s", ErrNoSandbox, strings.Join(refused, "; "))
}

// try runs a program in the sandbox, and one in a sandbox inside it.
func (b *Box) try(ctx context.Context) error {
	if b.Kind == Bubblewrap {
		path, err := exec.LookPath("bwrap")
		if err != nil {
			return errors.New("the program bwrap is not in PATH")
		}
		if b.bwrap, err = filepath.Abs(path); err != nil {
			return err
		}
	}
	out, err := b.probe(ctx, DefaultLimits(), "inner", "hello")
	if err == nil && out != "hello\n" {
		err = errors.New("a trial run printed nothing")
	}
	if err != nil && out != "" {
		err = errors.New(strings.TrimSpace(out))
	}
	return err
}

func (b *Box) program() string { return filepath.Join(b.dir, "box") }

// Close removes the program box.
func (b *Box) Close() { temporary.Remove(b.dir) }

// Folder is [temporary.Folder] for files that a sandbox can read. If this is root,
// the sandbox becomes nobody, who must reach them.
func Folder(parent, name string) (string, error) {
	dir, err := temporary.Folder(parent, name)
	if err == nil && os.Geteuid() == 0 {
		err = os.Chmod(dir, 0o755)
	}
	return dir, err
}

// Prepare returns the command that runs the program of spec; further arguments
// are those of the program. The sandbox ends when this process does, even if it
// is killed. Prepare writes to dir, which [Folder] made. If the sandbox is None,
// the command is that of spec itself, and the caller sets the environment.
func (b *Box) Prepare(dir, name string, spec Spec) ([]string, error) {
	if b.Kind == None {
		return append([]string{spec.Files[spec.Command[0]]}, spec.Command[1:]...), nil
	}
	spec.Kind, spec.Bwrap, spec.Owner = b.Kind, b.bwrap, os.Getpid()
	if spec.Inner != nil {
		inner := *spec.Inner
		inner.SharedTmp = true
		spec.Inner = &inner
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("write the description of a sandbox: %w", err)
	}
	path := filepath.Join(dir, name+".json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return nil, fmt.Errorf("write the description of a sandbox: %w", err)
	}
	return []string{b.program(), "run", path}, nil
}

// probe runs "box probe" in the sandbox and returns what it prints.
func (b *Box) probe(ctx context.Context, limits Limits, args ...string) (string, error) {
	dir, err := Folder(b.dir, "probe")
	if err != nil {
		return "", err
	}
	defer temporary.Remove(dir)
	program := []string{"/probe", "probe"}
	spec := Spec{Files: map[string]string{"/probe": b.program()}, Command: program, Limits: limits}
	if args[0] == "inner" {
		spec.Inner = &Spec{Files: map[string]string{"/probe": "/probe"}, Command: append(program, args[1:]...), Limits: limits}
	}
	command, err := b.Prepare(dir, "probe", spec)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], args...)...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}
