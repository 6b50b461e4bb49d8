package judge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"socketkata/harness/catalog"
	records "socketkata/harness/record"
)

// The times after which a process that was asked to end is made to. The go
// command needs some to remove its temporary files.
const (
	interruptGrace = 5 * time.Second
	pipeGrace      = 8 * time.Second // then output still held open by some child is given up
	watchdogGrace  = 10 * time.Second
	dumpGrace      = 3 * time.Second
	initLimit      = time.Minute // until the first test begins
	// scriptLimit is how long the bench lets one script run in one arena. A
	// run lasts as long as all of its scripts may, so that the last one is
	// not blamed for the time the others took.
	scriptLimit = time.Minute
)

// A command runs tests and prints their events.
type command struct {
	name string
	args []string
	dir  string
	env  []string // beyond what every command gets
}

// goTest runs the tests once and returns what was told. The error is about
// the go command itself, or ctx's.
func (r *run) goTest(ctx context.Context, c command) (*record, error) {
	rec := newRecord()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.name, c.args...)
	cmd.Dir, cmd.Env = c.dir, append(r.environment(), c.env...)
	stdout := &eventStream{handle: rec.handle, stray: func(line []byte) {
		rec.stray.WriteString(string(line) + "\n")
	}}
	cmd.Stdout = stdout
	cmd.Stderr = &stderrWriter{to: &rec.stderr, also: r.o.Stderr}
	cmd.WaitDelay = pipeGrace
	group := newGroup(cmd)
	grace := cmp.Or(r.o.grace, watchdogGrace)
	dog := &watchdog{dump: group.dump, kill: cancel}
	rec.onStart = func() { dog.watch(min(r.timeout, stretched(initLimit)) + grace) }
	rec.onFirst = func() { dog.watch(r.timeout + grace) }
	rec.onTest = r.progress
	err := cmd.Start()
	if err != nil {
		return nil, fmt.Errorf("start the go command: %w", err)
	}
	err = cmd.Wait()
	group.end()
	rec.killed = dog.stop()
	stdout.Close()
	if !rec.killed && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) && !rec.killed {
		return nil, fmt.Errorf("run the go command: %w", err)
	}
	return rec, nil
}

// command returns the command for the tests that have no result yet.
func (r *run) command() command {
	if r.o.Batch != nil {
		return r.o.Batch.command(r.overlay.witness, r.testFlags())
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
	if len(r.o.Only) > 0 {
		args = append(args, "-run="+alternatives(append(r.tests(true), witnessTest)))
	}
	skip := []string{catalog.PlayTest} // as the last test, it would be blamed for what others leave running
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
	env := append(os.Environ(), r.o.Env...)
	// The go command spells paths as PWD does, and so do the overlay's keys.
	env = append(env, "PWD="+r.e.Root())
	gorace := ""
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "GORACE="); ok {
			gorace = v
		}
	}
	if !strings.Contains(gorace, "atexit_sleep_ms") {
		// The race detector would sleep for a second at exit. The bench waits
		// for every goroutine by itself.
		gorace = strings.TrimSpace(gorace + " atexit_sleep_ms=0")
	}
	env = append(env, "GORACE="+gorace)
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
	return stretched(time.Duration(scripts) * scriptLimit)
}

// stretched returns d times KATA_SLOW.
func stretched(d time.Duration) time.Duration {
	slow, err := strconv.ParseFloat(os.Getenv("KATA_SLOW"), 64)
	if err != nil || slow <= 0 {
		return d
	}
	return time.Duration(slow * float64(d))
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

// A stderrWriter keeps the go command's own messages.
type stderrWriter struct {
	to   *capped
	also io.Writer
}

func (w *stderrWriter) Write(p []byte) (int, error) {
	w.to.WriteString(string(p))
	if w.also != nil {
		w.also.Write(p) // a reader that is gone does not change the verdict
	}
	return len(p), nil
}

// lookGo finds the go command.
func lookGo() (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("the go command is not in PATH: install Go from https://go.dev/dl/")
	}
	return filepath.Abs(path)
}

func (r *run) cleanUp() { r.overlay.remove() }

// wants reports whether the requirement is asked for.
func (o Options) wants(id string) bool {
	return len(o.Only) == 0 || slices.Contains(o.Only, id)
}
