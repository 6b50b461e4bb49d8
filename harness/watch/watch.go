// Package watch tests an exercise again at each save, and obeys single keys.
package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"socketkata/harness/catalog"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// A Verb runs another verb of kata: "hint", "05-echo".
type Verb func(ctx context.Context, args ...string) error

// Exercise watches an exercise until the user ends it or ctx is done. On a
// terminal it reads single keys. Announce is called once the watch has the
// lock.
func Exercise(ctx context.Context, screen *terminal.Screen, e *catalog.Exercise, verb func(*terminal.Screen) Verb, announce func()) error {
	unlock, err := lock(screen, e.Root())
	if err != nil {
		return err
	}
	defer unlock()
	kb, err := terminal.OpenKeyboard(os.Stdin, screen.Out)
	if err != nil {
		screen.Warn("this terminal cannot read single keys: %v", err)
	}
	defer kb.Close()
	announce()
	here := *screen
	here.Keys = kb != nil
	return terminal.WhileHeard(ctx, func(ctx context.Context) error {
		return (&watcher{Runner: &testrun.Runner{Screen: &here}, verb: verb(&here)}).loop(ctx, e, kb)
	})
}

var errSecondWatcher = errors.New("another watch runs in this repository: use that one, or stop it first (q or Ctrl-C)")

// lock keeps out a second watcher, which would write the same progress and the
// same last run. The operating system releases the lock with the process,
// however that ends.
func lock(screen *terminal.Screen, root string) (unlock func(), err error) {
	if err := progress.MakeDir(root); err != nil {
		return func() {}, nil // the first run says what that means
	}
	file := flock.New(filepath.Join(progress.Dir(root), "watch.lock"))
	alone, err := file.TryLock()
	switch {
	case err != nil:
		screen.Warn("cannot tell whether another watch is running: %v", err)
	case !alone:
		return nil, errSecondWatcher
	}
	return func() { file.Unlock() }, nil
}

// watched says what is watched, and how to go on.
func (w *watcher) watched() string {
	files := fmt.Sprintf("watching %d files in %s", len(w.saves.saved), terminal.Here(w.e.Dir))
	if len(w.saves.saved) == 1 {
		for path := range w.saves.saved {
			files = "watching 1 file: " + terminal.Visible(terminal.Here(path))
		}
	}
	if w.Keys {
		return files + "\n" + w.Paint(terminal.Dim, "Enter run · h hint · n next · b back · l list · q quit")
	}
	return files + " (Ctrl-C ends)"
}
