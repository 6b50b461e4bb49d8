package unit

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/exam"
	"socketkata/harness/judge"
)

// TestCost measures what a unit takes, as a ratio to plain go test of the same
// code, in turn. Each time the code differs by a line, so that it is compiled, as
// each submission is.
func TestCost(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("KATA_COST"))
	if err != nil {
		t.Skip(exam.LeftOut + "it fails nothing; EX=05 KATA_COST=5 measures five times")
	}
	j, all := open(t, Options{})
	for _, e := range picked(all) {
		x, err := j.exercise(t.Context(), e)
		require.NoError(t, err)
		main, n := x.main, 0
		code := func() map[string]string {
			files := reference(t, e)
			n++
			files[e.Slug+".go"] += fmt.Sprintf("\nvar kataCost = %d // %s\n", n, time.Now())
			return files
		}
		plain := func() {
			r, err := judge.Judge(t.Context(), e, judge.Candidate{Name: "cost", Texts: code()}, judge.Options{})
			require.NoError(t, err)
			require.Equal(t, judge.Passed, r.Verdict)
		}
		unit := func() {
			u, err := j.Judge(t.Context(), e, Answer{Files: code(), Seed: 1})
			require.NoError(t, err)
			for _, r := range u.Results {
				require.True(t, r.Passed || r.Skipped != "", r.Text)
			}
		}
		ways := []func(){plain, func() { x.main = ""; unit() }, func() { x.main = main; unit() }}
		times := make([][]time.Duration, len(ways))
		for round := range rounds + 1 { // the first fills the caches
			for i, way := range ways {
				began := time.Now()
				way()
				if round > 0 {
					times[i] = append(times[i], time.Since(began))
				}
			}
		}
		for i := range times {
			slices.Sort(times[i])
		}
		middle := func(i int) time.Duration { return times[i][rounds/2] }
		t.Logf("%s: go test %.2fs, in process %.2fs (%.2f), both tiers %.2fs (%.2f)", e.Name, middle(0).Seconds(),
			middle(1).Seconds(), float64(middle(1))/float64(middle(0)), middle(2).Seconds(), float64(middle(2))/float64(middle(0)))
	}
}
