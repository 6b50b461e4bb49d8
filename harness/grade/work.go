package grade

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/plan"
	"socketkata/harness/grade/unit"
)

// A worker judges units, several at a time.
type worker struct {
	o         Options
	exercises map[string]*catalog.Exercise
	judge     *unit.Judge
	store     plan.Store
	answers   answers
	progress  *progress
}

// work returns the outcome of each unit. It ends at the first that cannot be
// kept.
func (w *worker) work(ctx context.Context, units []plan.Unit) (map[[2]string]book.Unit, error) {
	outcomes := map[[2]string]book.Unit{}
	var left []plan.Unit
	for _, u := range units {
		if out, ok := w.store.Load(u); ok && !w.o.Again {
			outcomes[u.ID()] = out
		} else {
			left = append(left, u)
		}
	}
	w.progress.begin(len(left), len(outcomes))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	todo := make(chan plan.Unit)
	var mu sync.Mutex // guards outcomes
	var workers sync.WaitGroup
	for range max(w.o.Jobs, 1) {
		workers.Go(func() {
			for u := range todo {
				out, err := w.one(ctx, u)
				if err != nil {
					stop(err)
					continue
				}
				mu.Lock()
				outcomes[u.ID()] = out
				mu.Unlock()
			}
		})
	}
	for _, u := range left {
		select {
		case todo <- u:
		case <-ctx.Done():
		}
	}
	close(todo)
	workers.Wait()
	w.progress.end(ctx)
	return outcomes, context.Cause(ctx)
}

// one judges a unit and keeps the outcome. The error is that of keeping it, or
// ctx's.
func (w *worker) one(ctx context.Context, u plan.Unit) (book.Unit, error) {
	if ctx.Err() != nil {
		return book.Unit{}, context.Cause(ctx)
	}
	out, err := w.judged(ctx, w.exercises[u.Exercise], w.answers[u.ID()])
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	if err == nil && out.State == book.NotCompiled && strings.Contains(out.Output, diskFull) {
		err = fmt.Errorf("the compiler could not write: %s", diskFull)
	}
	out.Exercise = u.Exercise
	if err != nil {
		out = book.Unit{Exercise: u.Exercise, State: book.InfraError, Why: oneLine(err.Error())}
	} else if err := w.store.Save(u, out); err != nil {
		return out, err
	}
	w.progress.done(u, out)
	return out, nil
}

// judged is the outcome of an answer and of the tests that came with it.
func (w *worker) judged(ctx context.Context, e *catalog.Exercise, a unit.Answer) (book.Unit, error) {
	out, err := book.Unit{Exercise: e.Name, State: book.NotSubmitted}, error(nil)
	if len(a.Files) > 0 {
		out, err = w.judge.Judge(ctx, e, a)
	}
	if err == nil && len(a.Catch) > 0 && len(e.Reference) > 0 {
		out.Catch, err = w.judge.Catch(ctx, e, a.Catch)
	}
	return out, err
}

// diskFull is in what the compiler prints when it could not write. It would look
// like a mistake in the submission.
const diskFull = "no space left on device"

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
