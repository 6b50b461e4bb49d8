package main

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
)

// A watcher is the loop of kata watch. The loop alone decides; the runs have a
// goroutine of their own, one at a time, so that a key or a save is obeyed
// while a run is under way.
type watcher struct {
	k      *kata
	c      *catalog.Catalog
	e      *catalog.Exercise
	saves  *saves
	cancel context.CancelFunc // of the run under way, nil if there is none
	done   chan outcome       // of the run under way
	again  bool               // the run under way is out of date: begin anew after it

	mu sync.Mutex // held while a block of text is printed
}

// An outcome is what came of a run.
type outcome struct {
	result      judge.Result
	fingerprint string
	shown       bool // the requirements of a green run have been shown
	err         error
	crash       error // a fault of kata itself
}

// loop returns nil when the learner is done, and otherwise why it ended.
func (w *watcher) loop(ctx context.Context, e *catalog.Exercise, kb *keyboard) error {
	if kb == nil {
		kb = &keyboard{} // no key ever comes
	}
	look := time.NewTicker(pollEvery)
	defer look.Stop()
	defer w.end()
	w.goTo(ctx, e)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case key, ok := <-kb.pressed:
			if !ok || strings.IndexByte("qQ\x03\x04", key) >= 0 { // Ctrl-C, Ctrl-D
				return nil
			}
			w.press(ctx, key)
		case <-kb.resumed:
			singleKeys(kb.fd) // it worked before
		case <-look.C:
			if changed := w.saves.poll(); len(changed) > 0 {
				w.mu.Lock() // or the line stands in the middle of a result
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
	w.begin(ctx, fmt.Sprintf("%s %s: edit %s", number(e), e.Slug, w.k.here(filepath.Join(e.Dir, e.Slug+".go"))))
}

// begin runs the tests. A run under way is out of date and ends first.
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
	c, err := w.k.open()
	if err == nil {
		var e *catalog.Exercise
		if e, err = c.Find(w.e.Name); err == nil {
			w.c, w.e, err = c, e, e.Load()
		}
	}
	if err == nil && fileMissing(w.e) {
		err = w.k.missingFile(w.e)
	}
	if err != nil {
		w.k.warn("%v", err)
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
	out.result, out.fingerprint, out.err = w.k.judgeLearner(ctx, e, func(green judge.Result) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if ctx.Err() == nil {
			w.k.show(e, green, true)
			out.shown = true
		}
	})
}

// finish tells what came of a run.
func (w *watcher) finish(ctx context.Context, out outcome) {
	w.cancel()
	w.cancel, w.done = nil, nil
	if w.again {
		w.again = false
		w.start(ctx)
		return
	}
	switch k, r := w.k, out.result; {
	case ctx.Err() != nil || out.crash != nil:
		return
	case out.err != nil:
		k.warn("%v", out.err)
	default:
		if ran(r) {
			k.remember(w.e, out.fingerprint, r)
		}
		if !out.shown || r.Verdict != judge.Passed {
			k.show(w.e, r, true)
		}
		w.lastWord(r)
	}
	w.status()
}

func (w *watcher) lastWord(r judge.Result) {
	text := w.k.afterFailure(w.c, w.e, r)
	if r.Verdict == judge.Passed {
		text = w.k.afterSuccess(w.c, w.e, r)
	}
	if text != "" || r.Verdict == judge.NothingRan {
		w.k.printf("%s\n", text)
	}
}

// end stops the run under way and waits until its processes are gone.
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
		w.verb(ctx, "hint", w.e.Name)
	case 'l', 'L':
		w.verb(ctx, "list")
	case 'n', 'N':
		w.next(ctx)
	case '?':
		w.k.printf("%s", keysHelp)
	}
}

const keysHelp = `
  Enter, r           run the tests now
  h                  a hint for the first requirement that is red
  n                  go on with the next unfinished exercise
  l                  list the exercises and how far you are
  q, Ctrl-C, Ctrl-D  quit
  a save of your file runs the tests without any key
`

// verb runs another verb of kata here.
func (w *watcher) verb(ctx context.Context, args ...string) {
	w.k.printf("\n")
	if err := w.k.command().Run(ctx, append([]string{"kata"}, args...)); err != nil {
		w.k.warn("%v", err)
	}
}

func (w *watcher) next(ctx context.Context) {
	if w.c == nil {
		return // the repository could not be read; that has been said
	}
	next := w.k.next(w.c, w.e)
	if next == nil {
		w.k.printf("\nNo other exercise is unfinished; l lists them all.\n")
		return
	}
	w.goTo(ctx, next)
}

// rule separates a run from what stands above it.
func (w *watcher) rule(why string) {
	text := fmt.Sprintf("── %s · %s ", time.Now().Format("15:04:05"), visible(why))
	w.k.printf("\n%s\n\n", w.k.paint(bold, text+strings.Repeat("─", max(2, 76-len([]rune(text))))))
}

// status says what is watched, below a result.
func (w *watcher) status() { w.k.printf("%s\n", w.watched()) }
