package watch

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// A watcher is the loop of kata watch. The loop alone decides; the runs have a
// goroutine of their own, one at a time, so that a key or a save counts during
// a run, too.
type watcher struct {
	*testrun.Runner
	verb   Verb
	c      *catalog.Catalog
	e      *catalog.Exercise
	saves  *saves
	cancel context.CancelFunc  // of the current run, nil if there is none
	done   chan outcome        // of the current run
	again  bool                // the current run is out of date: start another after it
	left   []*catalog.Exercise // left with n, for b

	mu sync.Mutex // held while a block of text is printed
}

// An outcome is how a run ended.
type outcome struct {
	testrun.Outcome
	err   error
	crash error // a fault of kata itself
}

// loop returns nil when the learner is done, and otherwise why it ended.
func (w *watcher) loop(ctx context.Context, e *catalog.Exercise, kb *terminal.Keyboard) error {
	if kb == nil {
		kb = &terminal.Keyboard{} // no key ever comes
	}
	look := time.NewTicker(pollEvery)
	defer look.Stop()
	defer w.end()
	w.goTo(ctx, e)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case key, ok := <-kb.Pressed:
			if !ok || quits(key) {
				return nil
			}
			w.press(ctx, key)
		case <-kb.Resumed:
			kb.Resume()
		case <-look.C:
			if changed := w.saves.poll(); len(changed) > 0 {
				w.mu.Lock() // or the line would be in the middle of a result
				w.begin(ctx, strings.Join(changed, ", ")+" changed")
				w.mu.Unlock()
			}
		case out := <-w.done:
			if w.finish(ctx, out); out.crash != nil {
				return out.crash
			}
		}
	}
}

// goTo makes e the exercise that is watched.
func (w *watcher) goTo(ctx context.Context, e *catalog.Exercise) {
	w.e, w.saves = e, watchFiles(e.LearnerFiles)
	w.begin(ctx, fmt.Sprintf("%s %s: edit %s", e.EX(), e.Slug, terminal.Here(filepath.Join(e.Dir, e.Slug+".go"))))
}

// begin runs the tests. The current run, if any, is out of date and ends first.
func (w *watcher) begin(ctx context.Context, why string) {
	w.rule(why)
	if w.cancel != nil {
		w.again = true
		w.cancel()
		return
	}
	w.start(ctx)
}

func (w *watcher) start(ctx context.Context) {
	// The exercise itself may have changed: a pull while the learner works.
	c, err := catalog.Open(w.e.Root())
	if err == nil {
		var e *catalog.Exercise
		if e, err = c.Find(w.e.Name); err == nil {
			w.c, w.e, err = c, e, e.Load()
		}
	}
	if err == nil {
		err = testrun.MissingFile(w.e)
	}
	if err != nil {
		w.Warn("%v", err)
		w.status()
		return
	}
	ctx, w.cancel = context.WithCancel(ctx)
	w.done = make(chan outcome, 1)
	go w.run(ctx, w.e, w.done)
}

// run tests once. A panic comes back as an outcome, so that the loop ends as
// it always does: with the terminal as it was and no process left.
func (w *watcher) run(ctx context.Context, e *catalog.Exercise, done chan<- outcome) {
	var out outcome
	defer func() {
		if p := recover(); p != nil {
			out.crash = fmt.Errorf("panic: %v\n\n%s", p, debug.Stack())
		}
		done <- out
	}()
	out.Outcome, out.err = w.Learner(ctx, e, func(green judge.Result) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if ctx.Err() != nil {
			return false
		}
		w.Show(e, green, true)
		return true
	})
}

// finish shows how a run ended.
func (w *watcher) finish(ctx context.Context, out outcome) {
	w.cancel()
	w.cancel, w.done = nil, nil
	if w.again {
		w.again = false
		w.start(ctx)
		return
	}
	switch {
	case ctx.Err() != nil || out.crash != nil:
		return
	case out.err != nil:
		w.Warn("%v", out.err)
	default:
		w.Finish(w.e, out.Outcome)
		text := w.LastWords(w.c, w.e, out.Outcome)
		if text != "" || out.Result.Verdict == judge.NothingRan {
			w.Printf("%s\n", text)
		}
	}
	w.status()
}

// end stops the current run and waits until its processes are gone.
func (w *watcher) end() {
	if w.cancel != nil {
		w.cancel()
		<-w.done
	}
}

// press obeys a key.
func (w *watcher) press(ctx context.Context, key byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch key {
	case '\n', '\r', 'r', 'R':
		if w.cancel == nil { // else they run already
			w.begin(ctx, "once more")
		}
	case 'h', 'H':
		w.runVerb(ctx, "hint", w.e.Name)
	case 'l', 'L':
		w.runVerb(ctx, "list")
	case 'n', 'N':
		w.next(ctx)
	case 'b', 'B':
		w.back(ctx)
	case '?':
		w.Printf("%s", keysHelp)
	}
}

const keysHelp = `
  Enter, r           run the tests now
  h                  a hint for the first requirement that is red
  n                  move on to the next unfinished exercise
  b                  go back to the exercise you left with n
  l                  list the exercises and how far you are
  q, Ctrl-C, Ctrl-D  quit
  saving your file runs the tests, too
`

// runVerb runs another verb of kata here.
func (w *watcher) runVerb(ctx context.Context, args ...string) {
	w.Printf("\n")
	if err := w.verb(ctx, args...); err != nil {
		w.Warn("%v", err)
	}
}

// quits reports whether a key ends the watch.
func quits(key byte) bool {
	return key == 'q' || key == 'Q' || key == terminal.CtrlC || key == terminal.CtrlD
}

func (w *watcher) next(ctx context.Context) {
	if w.c == nil {
		return // the repository could not be read; that has been said
	}
	s, _ := progress.Load(w.Screen, w.c.Root)
	next := s.After(w.c, w.e)
	if next == nil {
		w.Printf("\nNo other exercise is unfinished; l lists them all.\n")
		return
	}
	w.left = append(w.left, w.e)
	w.goTo(ctx, next)
}

// back returns to the exercise that was left last.
func (w *watcher) back(ctx context.Context) {
	last := len(w.left) - 1
	if last < 0 {
		w.Printf("\nYou have not left any exercise with n.\n")
		return
	}
	e := w.left[last]
	w.left = w.left[:last]
	w.goTo(ctx, e)
}

// rule separates a run from the text above it.
func (w *watcher) rule(why string) {
	text := fmt.Sprintf("── %s · %s ", time.Now().Format("15:04:05"), terminal.Visible(why))
	w.Printf("\n%s\n\n", w.Paint(terminal.Bold, text+strings.Repeat("─", max(2, 76-len([]rune(text))))))
}

// status says what is watched, below a result.
func (w *watcher) status() { w.Printf("%s\n", w.watched()) }
