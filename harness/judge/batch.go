package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/spawn"
	"socketkata/harness/temporary"
)

// A Batch is one test binary with many candidates in it, for the exam: linking
// is most of what a verdict costs, and a batch is linked once. Each candidate
// is a package of its own there, with its own copy of the exercise's tests,
// and is judged in a process of its own. Only what its package does before
// main, it does in the processes of the others too.
type Batch struct {
	e         *catalog.Exercise
	dir       string // temporary
	testDir   string // of the test files
	static    bool
	replace   map[string]string
	members   []string // fingerprints
	names     []string // of the candidates, in the same order
	tests     []string // names of all test functions
	binary    string
	converter string // test2json, which makes events of what the binary prints
}

// batchRoot is the folder of the packages of a batch, which only the go command
// sees.
const batchRoot = "exercises/batch"

// candidateVariable names the candidate whose turn it is.
const candidateVariable = "KATA_CANDIDATE"

// NewBatch compiles the candidates, none of which may have the same files as
// another, with the tests of e. [Batch.Remove] removes what it made. The error
// is a [*BuildError] if any does not compile.
func NewBatch(ctx context.Context, e *catalog.Exercise, candidates []Candidate) (*Batch, error) {
	return newBatch(ctx, &Batch{e: e, testDir: e.Dir}, candidates)
}

// NewTestBatch is [NewBatch] with the tests of the folder testDir instead of the
// exercise's. The binary is static, and [Batch.Program] says how to run it.
func NewTestBatch(ctx context.Context, e *catalog.Exercise, testDir string, candidates []Candidate) (*Batch, error) {
	return newBatch(ctx, &Batch{e: e, testDir: testDir, static: true}, candidates)
}

func newBatch(ctx context.Context, b *Batch, candidates []Candidate) (*Batch, error) {
	dir, err := temporary.Folder("", "batch")
	if err != nil {
		return nil, err
	}
	b.dir, b.replace, b.binary = dir, map[string]string{}, filepath.Join(dir, b.e.Slug+".exe")
	for _, c := range candidates {
		if err == nil {
			err = b.add(c)
		}
	}
	if err == nil {
		err = b.build(ctx)
	}
	if err != nil {
		b.Remove()
		return nil, fmt.Errorf("build the candidates of %s: %w", b.e.Name, err)
	}
	return b, nil
}

// Remove removes the binary.
func (b *Batch) Remove() { temporary.Remove(b.dir) }

// member is the folder of the package of the candidate with this fingerprint,
// so that what was compiled once is found again, whichever other candidates
// there are. Its end is that of the exercise's own folder, by which tracebacks
// are read; the tests' package is named like an external test of it.
func (b *Batch) member(fingerprint string) string {
	return fmt.Sprintf("%s/c%s/exercises/%s", batchRoot, fingerprint, b.e.Name)
}

// code is where the candidate's files are if there was only their text.
func (b *Batch) code(fingerprint string) string { return filepath.Join(b.dir, "c"+fingerprint) }

// add gives the candidate its two packages.
func (b *Batch) add(c Candidate) error {
	fingerprint, err := c.Fingerprint()
	if err = errors.Join(c.check(), c.checkImports(b.e.Root()), err); err != nil {
		return err
	}
	if slices.Contains(b.members, fingerprint) {
		return fmt.Errorf("%s has the same files as another candidate", c.Name)
	}
	folder := b.member(fingerprint)
	b.members = append(b.members, fingerprint)
	b.names = append(b.names, c.Name)
	if c, err = c.onDisk(b.code(fingerprint)); err != nil {
		return err
	}
	for base, path := range c.Files {
		b.replace[b.virtual(folder, base)] = path
	}
	return b.addTests(folder)
}

func (b *Batch) virtual(folder, base string) string {
	return filepath.Join(b.e.Root(), filepath.FromSlash(folder), base)
}

// write makes a file that the go command sees in a folder of the repository.
func (b *Batch) write(folder, base string, text []byte) error {
	path := filepath.Join(b.dir, strconv.Itoa(len(b.replace))+".go")
	b.replace[b.virtual(folder, base)] = path
	return os.WriteFile(path, text, 0o644)
}

// build compiles and links.
func (b *Batch) build(ctx context.Context) error {
	path, err := spawn.LookGo()
	if err != nil {
		return err
	}
	if err := b.write(batchRoot, "batch_test.go", b.dispatcher()); err != nil {
		return err
	}
	list, err := json.Marshal(map[string]any{"Replace": b.replace})
	if err != nil {
		return err
	}
	overlay := filepath.Join(b.dir, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o644); err != nil {
		return err
	}
	if _, err := b.output(ctx, path, "test", "-c", "-vet=off", b.compilerFlags(), "-ldflags=-s -w", "-overlay="+overlay, "-o", b.binary, "./"+batchRoot); err != nil {
		return err
	}
	b.converter, err = b.output(ctx, path, "tool", "-n", "test2json")
	b.converter = strings.TrimSpace(b.converter)
	return err
}

// compilerFlags has the copies of the tests compiled without what costs most and
// nobody needs here: inlining and the data for a debugger. The candidates are
// compiled as always.
func (b *Batch) compilerFlags() string {
	return fmt.Sprintf("-gcflags=%s/%s=-l -dwarf=false", catalog.Module, b.member("...")+"_test")
}

// output runs a command of the build and returns what it prints.
func (b *Batch) output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = b.e.Root(), append(os.Environ(), "PWD="+b.e.Root(), "GOGC=400") // the linker's garbage
	if b.static {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	output, err := spawn.Combined(cmd)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return "", &BuildError{Output: b.named(output)}
	}
	return output, err
}

// named returns the compiler's output with each candidate's name in the place
// of its package's folder, which nobody sees: "one-read/echo.go:12:3:
// undefined: x".
func (b *Batch) named(output string) string {
	for i, fingerprint := range b.members {
		for _, folder := range []string{b.member(fingerprint), b.code(fingerprint)} {
			output = strings.ReplaceAll(output, folder, b.names[i])
		}
	}
	return output
}

// holds returns the witness of a candidate that is in the batch.
func (b *Batch) holds(c Candidate, o Options) (witness string, err error) {
	witness, err = c.Fingerprint()
	switch {
	case err != nil:
		return "", err
	case !slices.Contains(b.members, witness):
		return "", fmt.Errorf("%s is not in the batch", c.Name)
	case o.Race:
		return "", errors.New("a batch is without the race detector")
	}
	return witness, nil
}

// Program returns the binary, and the variable that chooses the candidate.
func (b *Batch) Program(c Candidate) (path, variable string, err error) {
	fingerprint, err := b.holds(c, Options{})
	return b.binary, candidateVariable + "=" + fingerprint, err
}

// command runs the binary as go test -json would.
func (b *Batch) command(candidate string, flags []string) command {
	args := []string{"-t", "-p", catalog.Module + "/" + b.member(candidate),
		b.binary, "-test.v=test2json", "-test.paniconexit0"}
	for _, f := range flags {
		args = append(args, "-test."+strings.TrimPrefix(f, "-"))
	}
	return command{name: b.converter, args: args, dir: b.e.Dir, env: []string{candidateVariable + "=" + candidate, "PWD=" + b.e.Dir}}
}
