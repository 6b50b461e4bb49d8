package harness_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// batches has one entry for each exercise: the stub and the variants, linked
// once for all the tests that run them.
var batches sync.Map // from the exercise's name to *batch

type batch struct {
	once  sync.Once
	batch *judge.Batch
	err   error
}

// variants returns a binary with the exercise's stub, its wrong variants,
// without those that need the race detector, and its right ones.
func variants(t *testing.T, e *catalog.Exercise) *judge.Batch {
	t.Helper()
	entry, _ := batches.LoadOrStore(e.Name, &batch{})
	b := entry.(*batch)
	b.once.Do(func() {
		all := []judge.Candidate{judge.Stub(e)}
		for _, v := range append(e.Wrong[:len(e.Wrong):len(e.Wrong)], e.Right...) {
			if !needsRace(v) {
				all = append(all, judge.WrongOrRight(e, v))
			}
		}
		b.batch, b.err = judge.NewBatch(examContext(t), e, all)
	})
	if compiler := (*judge.BuildError)(nil); errors.As(b.err, &compiler) {
		t.Fatalf("the stub or a variant of %s does not compile:\n%s", e.Name, compiler.Output)
	}
	require.NoError(t, b.err)
	return b.batch
}

// removeBatches is for the end of the process.
func removeBatches() {
	batches.Range(func(_, b any) bool {
		if b := b.(*batch); b.batch != nil {
			b.batch.Remove()
		}
		return true
	})
}
