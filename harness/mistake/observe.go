package mistake

import (
	"context"
	"runtime"
	"sync"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/racedetector"
)

// runs are enough that what fails in all of them is no accident, and few enough
// to wait for.
const runs = 20

// together is how many runs share the machine: most of the time they wait until
// a step with wrong code times out.
const together = 4

// observe judges the candidate several times. If nothing ever fails, it does so
// again with the race detector, which may be the only one to see the mistake.
func observe(ctx context.Context, e *catalog.Exercise, c judge.Candidate, progress func(done, all int)) ([]judge.Result, error) {
	batch, err := judge.NewBatch(ctx, e, []judge.Candidate{c})
	if err != nil {
		return nil, err
	}
	defer batch.Remove()
	results, err := repeat(ctx, e, c, judge.Options{Batch: batch}, progress)
	if err != nil || len(failing(results)) > 0 {
		return results, err
	}
	if ok, _ := racedetector.Available(); !ok {
		return results, nil
	}
	return repeat(ctx, e, c, judge.Options{Race: true}, progress)
}

// repeat judges the candidate [runs] times. The waits are those of the exam.
func repeat(ctx context.Context, e *catalog.Exercise, c judge.Candidate, o judge.Options, progress func(done, all int)) ([]judge.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.Env = []string{"KATA_SLOW=0.4"}
	var mu sync.Mutex // guards all that follows
	var results []judge.Result
	var failed error
	turns := make(chan struct{}, runs)
	for range runs {
		turns <- struct{}{}
	}
	close(turns)
	one := func() {
		for range turns {
			r, err := judge.Judge(ctx, e, c, o)
			mu.Lock()
			results = append(results, r)
			if err != nil && failed == nil {
				failed = err
				cancel() // the other runs are useless
			}
			progress(len(results), runs)
			mu.Unlock()
		}
	}
	var workers sync.WaitGroup
	for range min(together, 2*runtime.NumCPU()) {
		workers.Go(one)
	}
	workers.Wait()
	return results, failed
}

// failing counts the runs in which each requirement failed.
func failing(results []judge.Result) map[string]int {
	count := map[string]int{}
	for _, r := range results {
		for _, q := range r.Requirements {
			if q.Status != judge.StatusPassed && q.Status != judge.StatusSkipped {
				count[q.ID]++
			}
		}
	}
	return count
}
