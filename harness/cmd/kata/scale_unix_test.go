//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/exam"
)

// TestCostPerAnswer grades classes of several sizes and compares the processor time
// for each answer, from reading the submissions to writing the reports. The exercise
// is the catalog's fixture, whose tests take no time: a part of the grader that took
// longer in a larger class would be seen here first.
func TestCostPerAnswer(t *testing.T) {
	if os.Getenv("KATA_SCALE") == "" {
		t.Skip(exam.LeftOut + "it takes minutes; KATA_SCALE=50,100,200 grades classes of these sizes")
	}
	r := newRepo(t)
	var each []time.Duration
	for size := range strings.SplitSeq(os.Getenv("KATA_SCALE"), ",") {
		n, err := strconv.Atoi(size)
		require.NoError(t, err)
		in, out := "in-"+size, "out-"+size
		for i := range n { // each is compiled: no two are the same
			dir := filepath.Join(r.root, in, fmt.Sprintf("student %03d", i), "05-echo")
			require.NoError(t, os.MkdirAll(dir, 0o755))
			text := fmt.Sprintf("package echo\n\nfunc Answer(n int) string {\n\treturn [...]string{\"zero\", \"one\", \"two\", \"three\", \"four\", \"five\"}[n] // %s %d %s\n}\n", size, i, time.Now())
			require.NoError(t, os.WriteFile(filepath.Join(dir, "echo.go"), []byte(text), 0o644))
		}
		cmd := r.command("kata", "grade", "-sandbox=none", "-check", in, out, "5")
		began := time.Now()
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", text)
		took, used := time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
		each = append(each, used/time.Duration(n))
		t.Logf("%s answers: %.1fs, of processors %.1fs; for each %.3fs, of processors %.3fs",
			size, took.Seconds(), used.Seconds(), took.Seconds()/float64(n), each[len(each)-1].Seconds())
	}
	require.Less(t, each[len(each)-1].Seconds(), 1.5*each[0].Seconds(), "processor time for each answer, in the last class and in the first")
}
