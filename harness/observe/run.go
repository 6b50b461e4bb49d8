// Package observe runs the tests of an exercise once, in a process of their own,
// and says what that process did. It reads the results channel, the output, the
// tracebacks and the reports of the race detector, and decides nothing.
package observe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"socketkata/harness/results"
	"socketkata/harness/slow"
	"socketkata/harness/spawn"
	"socketkata/harness/temporary"
)

// initLimit is the time until the first test begins.
const initLimit = time.Minute

// watchdogGrace is what the process gets beyond its own time limit, and once its
// results channel has ended: nothing it does from then on is a result.
const watchdogGrace = 15 * time.Second

// A Command runs tests and prints their events, as go test -json does.
type Command struct {
	Name    string
	Args    []string
	Dir     string
	Env     []string      // the whole environment
	Timeout time.Duration // that the tests end themselves after
	Grace   time.Duration // what the process gets beyond it, and without a results channel; 15 s if 0
	Each    time.Duration // that one test may take before the process is ended; 0 is no limit
	Stderr  io.Writer     // if not nil, gets what the go command says while it works
	// OnTest, if not nil, is called when a test begins (the status is "") and
	// when it ends.
	OnTest func(test string, status results.Status)
}

// Run runs the tests once. When it returns, every process it started is gone.
// The error is about the command itself, or ctx's.
func Run(ctx context.Context, c Command) (*Observation, error) {
	dir, err := temporary.Folder("", "results")
	if err != nil {
		return nil, err
	}
	defer temporary.Remove(dir)
	o := newObservation()
	o.onTest = c.OnTest
	channel, err := results.Listen(dir, o.result)
	if err != nil {
		return nil, err
	}
	o.divider.mark = channel.Mark()
	c.Env = slices.Concat(c.Env, channel.Environment(gorace(c.Env)), quickBuild(c.Env))
	err = o.watch(ctx, c)
	if conflict := channel.Close(); conflict != "" {
		o.contradict("%s", conflict)
	}
	o.Crash = channel.Crash()
	o.conclude(channel.Races())
	return o, err
}

// watch starts the command and waits for its end.
func (o *Observation) watch(ctx context.Context, c Command) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, c.Env
	stdout := &eventStream{handle: o.event, stray: func(line []byte) { o.stray.WriteString(string(line) + "\n") }}
	cmd.Stdout = stdout
	cmd.Stderr = &stderrWriter{to: &o.stderr, also: c.Stderr}
	cmd.WaitDelay = spawn.PipeGrace
	group := spawn.NewGroup(cmd)
	dog := &spawn.Watchdog{Dump: group.Dump, Kill: cancel}
	o.guard(dog, c)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the go command: %w", err)
	}
	err := cmd.Wait()
	group.End()
	o.Killed = dog.Stop()
	stdout.Close()
	exit := (*exec.ExitError)(nil)
	o.Failed = errors.As(err, &exit)
	if !o.Killed && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil && !o.Failed && !errors.Is(err, exec.ErrWaitDelay) && !o.Killed {
		return fmt.Errorf("run the go command: %w", err)
	}
	return nil
}

// guard sets the time left at each step of the process.
func (o *Observation) guard(dog *spawn.Watchdog, c Command) {
	grace := cmp.Or(c.Grace, watchdogGrace)
	o.limit(
		func() { dog.Watch(min(c.Timeout, slow.Stretch(initLimit)) + grace) },
		func() { dog.Watch(c.Timeout + grace) },
		func() {
			// The end of a process that is being ended says nothing about it.
			o.Gone = o.Gone && !(c.Each > 0 && dog.Acted())
			dog.Watch(grace)
		})
	if c.Each <= 0 {
		return
	}
	o.onTest = func(test string, status results.Status) {
		dog.Watch(c.Each)
		if c.OnTest != nil {
			c.OnTest(test, status)
		}
	}
}

// limit says what sets the time left when the process starts, when its first
// test begins, and when it can report nothing more.
func (o *Observation) limit(onStart, onFirst, onGone func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.onStart, o.onFirst, o.onGone = onStart, onFirst, onGone
}

// quickBuild returns the environment that saves the compiler and the linker
// most of their garbage collection, a twelfth of a verdict, unless the user has
// set it.
func quickBuild(env []string) []string {
	if slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "GOGC=") }) {
		return nil
	}
	return []string{"GOGC=400", results.BuildOnly + "=1"}
}

// gorace returns the options of the race detector. It would sleep for a second
// at exit, though the bench waits for every goroutine itself.
func gorace(env []string) (options string) {
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "GORACE="); ok {
			options = v
		}
	}
	if !strings.Contains(options, "atexit_sleep_ms") {
		options = strings.TrimSpace(options + " atexit_sleep_ms=0")
	}
	return options
}

// A stderrWriter keeps the go command's own messages.
type stderrWriter struct {
	to   *Capped
	also io.Writer
}

func (w *stderrWriter) Write(p []byte) (int, error) {
	w.to.WriteString(string(p))
	if w.also != nil {
		w.also.Write(p) // an error of the reader does not change the verdict
	}
	return len(p), nil
}
