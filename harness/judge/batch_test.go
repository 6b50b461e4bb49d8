package judge

import (
	"errors"
	"os"
	"strings"
	"testing"

	"socketkata/harness/catalog"
)

// TestBatchGivesTheSameVerdicts judges candidates that share a binary, among
// them some that end their process, as TestVerdicts judges them one by one.
func TestBatchGivesTheSameVerdicts(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	together := []Candidate{Reference(e)}
	want := map[string]string{"reference": "passed: " + green}
	for _, test := range verdicts {
		switch test.candidate {
		case "test-goroutine-panics", "exit-zero", "raw-exit", "nil-pointer", "recurses", "fourless":
			together = append(together, candidate(t, e, test.candidate))
			want[test.candidate] = test.want
		}
	}
	b, err := NewBatch(t.Context(), e, together)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Remove()
	for _, c := range together {
		if got := summary(judgeIt(t, e, c, Options{Batch: b})); got != want[c.Name] {
			t.Errorf("%s: got  %s\nwant %s", c.Name, got, want[c.Name])
		}
	}
	r := judgeIt(t, e, together[0], Options{Batch: b, Count: 2, CPU: "1,2", Shuffle: true, Only: []string{"R2"}})
	if got := summary(r); got != "passed: R2 passed" {
		t.Error("with all options:", got)
	}
	refused(t, "is not in the batch", e.Name, func() error {
		_, err := Judge(t.Context(), e, candidate(t, e, "hangs"), Options{Batch: b})
		return err
	})
	refused(t, "without the race detector", e.Name, func() error {
		_, err := Judge(t.Context(), e, Reference(e), Options{Batch: b, Race: true})
		return err
	})
	b.Remove()
	if _, err := os.Stat(b.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the binary is left behind:", err)
	}
}

func TestBatchRefuses(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	refused(t, "same files", e.Name, func() error {
		_, err := NewBatch(t.Context(), e, []Candidate{Reference(e), Reference(e)})
		return err
	})
	_, err := NewBatch(t.Context(), e, []Candidate{Reference(e), candidate(t, e, "no-compile")})
	if b := (*BuildError)(nil); !errors.As(err, &b) || !strings.Contains(b.Output, "no-compile.go:3:") {
		t.Errorf("a candidate that does not compile: %v: %q", err, b.Output)
	}
	// Its files have never been on disk: they are named after it.
	text := catalog.Answer{Name: "text-only", Code: map[string]string{"echo.go": "package echo\n\nfunc Answer(n int) string { return x }\n"}}
	_, err = NewBatch(t.Context(), e, []Candidate{Reference(e), Answer(text)})
	if b := (*BuildError)(nil); !errors.As(err, &b) || !strings.Contains(b.Output, "\ntext-only/echo.go:3:") {
		t.Errorf("a candidate that does not compile: %v: %q", err, b)
	}
}

// refused expects an error that says why, and about which exercise.
func refused(t *testing.T, why, exercise string, call func() error) {
	t.Helper()
	if err := call(); err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), exercise) {
		t.Errorf("the error is %v, want %q and %s in it", err, why, exercise)
	}
}
