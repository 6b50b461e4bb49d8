package harness_test

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// batches has one entry for each exercise: the stub and its answers, linked
// once for all the tests that run them.
var batches sync.Map // from the exercise's name to *batch

type batch struct {
	once  sync.Once
	batch *judge.Batch
	err   error
}

// linked returns a binary with the exercise's stub, its mistakes, without those
// that need the race detector, and its right answers.
func linked(t *testing.T, e *catalog.Exercise) *judge.Batch {
	t.Helper()
	entry, _ := batches.LoadOrStore(e.Name, &batch{})
	b := entry.(*batch)
	b.once.Do(func() {
		all := []judge.Candidate{judge.Stub(e)}
		for _, m := range e.Mistakes {
			if !m.NeedsRace() {
				all = append(all, judge.Answer(m.Answer))
			}
		}
		for _, a := range e.Right {
			all = append(all, judge.Answer(a))
		}
		b.batch, b.err = judge.NewBatch(examContext(t), e, all)
	})
	if compiler := (*judge.BuildError)(nil); errors.As(b.err, &compiler) {
		t.Fatalf("the stub, a mistake or a right answer of %s does not compile:\n%s", e.Name, atPatches(e, compiler.Output))
	}
	require.NoError(t, b.err)
	return b.batch
}

// atPatches adds to each line of the compiler's output the line of the mistake's
// file that it is about.
func atPatches(e *catalog.Exercise, output string) string {
	place := regexp.MustCompile(`(?m)^([^/\n]+)/([^/:\n]+):([0-9]+):`)
	return place.ReplaceAllStringFunc(output, func(found string) string {
		part := place.FindStringSubmatch(found)
		for _, m := range e.Mistakes {
			if number, err := strconv.Atoi(part[3]); err == nil && m.Name == part[1] {
				return fmt.Sprintf("%s:%d: does not compile: %s", e.Rel(m.File), e.PatchLine(m, part[2], number), found)
			}
		}
		return found
	})
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
