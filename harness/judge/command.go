package judge

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/observe"
	records "socketkata/harness/record"
	"socketkata/harness/slow"
)

// scriptLimit is how long the bench lets one script run in one arena. A run lasts
// as long as all of its scripts may, so that the last one is not blamed for the
// time the others took.
const scriptLimit = time.Minute

// A command runs tests and prints their events.
type command struct {
	name string
	args []string
	dir  string
	env  []string // beyond what every command gets
}

// goTest runs the tests once and returns what was seen. The error is about
// the go command itself, or ctx's.
func (r *run) goTest(ctx context.Context, c command) (*observe.Observation, error) {
	return observe.Run(ctx, observe.Command{
		Name: c.name, Args: c.args, Dir: c.dir, Env: append(r.environment(), c.env...),
		Timeout: r.timeout, Grace: r.o.grace, Each: slow.Stretch(r.o.Each), Stderr: r.o.Stderr, OnTest: r.progress,
	})
}

// command returns the command for the tests that have no result yet.
func (r *run) command() command {
	if r.o.Batch != nil {
		return r.o.Batch.command(r.overlay.witness, r.testFlags())
	}
	if r.o.Linked != nil {
		return r.o.Linked.command(r.e, r.testFlags())
	}
	args := r.testFlags()
	if r.o.NoVet {
		args = append(args, "-vet=off")
	}
	if r.o.Race {
		args = append(args, "-race")
	}
	return r.goCommandFor(args...)
}

// goCommandFor is go test with these flags.
func (r *run) goCommandFor(flags ...string) command {
	args := append([]string{"test", "-json"}, flags...)
	if r.overlay.file != "" {
		args = append(args, "-overlay="+r.overlay.file)
	}
	return command{name: r.goCommand, args: append(args, pattern(r.e)), dir: r.e.Root()}
}

// testFlags returns what the test binary is told, without "-test.".
func (r *run) testFlags() []string {
	args := []string{"-count=" + strconv.Itoa(max(r.o.Count, 1)), "-timeout=" + r.timeout.String()}
	args = append(args, r.o.flags()...)
	if r.o.FailFast {
		args = append(args, "-failfast")
	}
	if r.o.Artifacts != "" {
		args = append(args, "-artifacts", "-outputdir="+r.o.Artifacts)
	}
	run := "." // or a -run in GOFLAGS would count
	if len(r.o.Only) > 0 {
		run = alternatives(slices.Concat(r.tests(true), []string{witnessTest, r.canary()}))
	}
	args = append(args, "-run="+run)
	// As the last test, TestPlay would be blamed for what others leave running.
	skip := []string{catalog.PlayTest}
	if r.c.InPlace || r.o.Elsewhere() || r.o.Linked != nil {
		// See [Own]. A test of no requirement has no bench, and a grade counts none: a
		// fuzz seed that a sandbox has no memory for would cost the requirement before it.
		skip = append(skip, ownTests(r.e)...)
	}
	if r.rounds > 0 {
		skip = append(skip, r.tests(false)...)
	}
	return append(args, "-skip="+alternatives(skip))
}

// flags are those of the test binary that a person would give, too.
func (o Options) flags() []string {
	var args []string
	if o.Shuffle {
		args = append(args, "-shuffle=on")
	}
	if o.CPU != "" {
		args = append(args, "-cpu="+o.CPU)
	}
	return args
}

func pattern(e *catalog.Exercise) string { return "./exercises/" + e.Name }

// PlainCommand is what a person would type at the root for the same run. With
// an overlay that is not kept, it is the command for what is on disk.
func PlainCommand(e *catalog.Exercise, c Candidate, o Options) string {
	args := []string{"go", "test"}
	if o.Race {
		args = append(args, "-race")
	}
	args = append(args, o.flags()...)
	if o.Count > 1 {
		args = append(args, "-count="+strconv.Itoa(o.Count))
	}
	if len(o.Only) == 1 {
		if q := e.Requirement(o.Only[0]); q != nil {
			args = append(args, "-run='^"+q.Test+"$'")
		}
	}
	if o.Overlay != "" && !c.InPlace {
		args = append(args, "-overlay="+e.Rel(o.Overlay))
	}
	return strings.Join(append(args, pattern(e)), " ")
}

// alternatives returns a pattern for -run and -skip that matches these tests
// only.
func alternatives(tests []string) string {
	return "^(" + strings.Join(tests, "|") + ")$"
}

func (r *run) environment() []string {
	if r.o.Linked != nil {
		return r.o.Linked.Env
	}
	env := append(os.Environ(), r.o.Env...)
	// The go command spells paths as PWD does, and so do the overlay's keys.
	env = append(env, "PWD="+r.e.Root())
	if dir, err := filepath.Abs(r.o.Records); r.o.Records != "" && err == nil {
		env = append(env, records.Dir+"="+dir) // the tests run in a folder of their own
	}
	return env
}

// defaultTimeout is long enough for every script to use all of its time.
func (r *run) defaultTimeout() time.Duration {
	scripts := 1
	for _, q := range r.expected {
		scripts += len(q.Arenas) * r.needed()
	}
	return slow.Stretch(time.Duration(scripts) * scriptLimit)
}

// cleanFolder empties dir and makes it, if there is one.
func cleanFolder(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

func (r *run) cleanUp() { r.overlay.remove() }

// wants reports whether the requirement is asked for.
func (o Options) wants(id string) bool {
	return len(o.Only) == 0 || slices.Contains(o.Only, id)
}
