package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/urfave/cli/v3"
)

// watch tests an exercise, and again at each save, until it is told to end. On
// a terminal it obeys single keys.
func (k *kata) watch(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, first := k.loadState(c.Root)
	e, err := k.exercise(cmd, c, s)
	if err != nil {
		return err
	}
	if e == nil {
		k.printf("%s Watch one again with make watch EX=05.\n", allDone)
		return nil
	}
	unlock, err := k.watchAlone(c.Root)
	if err != nil {
		return err
	}
	defer unlock()
	kb, err := openKeyboard(os.Stdin, k.stdout)
	if err != nil {
		k.warn("no single keys on this terminal: %v", err)
	}
	defer kb.close()
	if first {
		k.printf("%s\n", firstRun)
	}
	here := *k
	here.keys = kb != nil
	return whileHeard(ctx, func(ctx context.Context) error {
		return (&watcher{k: &here}).loop(ctx, e, kb)
	})
}

// whileHeard calls f, whose ctx ends when nobody reads kata's output any more.
// Without this, a reader that goes away ends kata on the spot, and leaves the
// processes and the files of what is under way behind.
func whileHeard(ctx context.Context, f func(context.Context) error) error {
	heard, stop := signal.NotifyContext(ctx, syscall.SIGPIPE)
	defer stop()
	err := f(heard)
	if heard.Err() != nil && ctx.Err() == nil {
		return errNoReader
	}
	return err
}

var errNoReader = errors.New("nobody reads the output any more")

var errSecondWatcher = errors.New("another watch is at work in this repository: use that one, or end it first (q or Ctrl-C)")

// watchAlone sees to it that two watchers do not take turns at the state and
// the recorded run of one exercise. The lock is the operating system's: it ends
// with the process, however that ends.
func (k *kata) watchAlone(root string) (unlock func(), err error) {
	if err := makeKataDir(root); err != nil {
		return func() {}, nil // the first run says what that means
	}
	lock := flock.New(filepath.Join(kataDir(root), "watch.lock"))
	alone, err := lock.TryLock()
	switch {
	case err != nil:
		k.warn("a second watch would not be noticed: %v", err)
	case !alone:
		return nil, errSecondWatcher
	}
	return func() { lock.Unlock() }, nil
}

// watched says what is watched, and how to go on.
func (w *watcher) watched() string {
	files := fmt.Sprintf("watching %d files in %s", len(w.saves.saved), w.k.here(w.e.Dir))
	if len(w.saves.saved) == 1 {
		for path := range w.saves.saved {
			files = "watching 1 file: " + visible(w.k.here(path))
		}
	}
	if w.k.keys {
		return files + "\n" + w.k.paint(dim, "Enter run · h hint · n next · l list · q quit")
	}
	return files + " (Ctrl-C ends)"
}
