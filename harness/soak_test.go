package harness_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/exam"
	"socketkata/harness/judge"
)

// TestSoak runs every right answer as many times as KATA_SOAK says, with more
// busy processes than processors: alternately with and without the race
// detector, with one, two and eight threads, in random order. No failure is
// allowed. It is run by make soak.
func TestSoak(t *testing.T) {
	total, err := strconv.Atoi(os.Getenv("KATA_SOAK"))
	if err != nil || total < 1 {
		t.Skip(exam.LeftOut + "make soak runs this")
	}
	const cpus, perBatch = 3, 60 // -cpu 1,2,8 runs everything three times
	burn(t, 2*runtime.NumCPU())
	for _, e := range exercises(t) {
		require.NoError(t, e.Load())
		if !here(e) {
			continue
		}
		for _, c := range judge.Right(e) {
			t.Run(e.Name+"/"+c.Name, func(t *testing.T) { soak(t, e, c, total, perBatch/cpus) })
		}
	}
}

func soak(t *testing.T, e *catalog.Exercise, c judge.Candidate, total, count int) {
	start, runs := time.Now(), 0
	for batch := 0; runs < total; batch++ {
		r := run(t, e, c, judge.Options{
			Race: batch%2 == 0 && race(t), Shuffle: true, CPU: "1,2,8", Count: count, Timeout: 30 * time.Minute,
		})
		require.Equal(t, judge.Passed, r.Verdict, "after %d runs: %s", runs, describe(r))
		runs += 3 * count
	}
	t.Logf("%d runs without a failure in %v", runs, time.Since(start).Round(time.Second))
}

// burn keeps n processes busy until the test ends. They are copies of this
// test binary that do nothing but count.
func burn(t *testing.T, n int) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	for range n {
		cmd := exec.CommandContext(t.Context(), self, "-test.run=^$")
		cmd.Env = append(os.Environ(), "KATA_BURN="+strconv.Itoa(os.Getpid()))
		require.NoError(t, cmd.Start())
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
	}
}

// TestMain turns the binary into a burner when burn started it. A burner ends
// itself when its parent is gone.
func TestMain(m *testing.M) {
	parent, err := strconv.Atoi(os.Getenv("KATA_BURN"))
	if err != nil {
		context.AfterFunc(interrupted, uninterrupted) // a second Ctrl-C ends the process
		status := m.Run()
		removeBatches()
		os.Exit(status)
	}
	for end := time.Now().Add(12 * time.Hour); os.Getppid() == parent && time.Now().Before(end); {
		for i := range 1 << 20 {
			_ = i * i
		}
	}
}
