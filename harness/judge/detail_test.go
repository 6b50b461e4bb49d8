package judge

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/observe"
	"socketkata/harness/racedetector"
)

func TestPanicNamesValueAndLine(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	r := judgeIt(t, e, candidate(t, e, "goroutine-panics"), Options{FailFast: true})
	f := only(t, r, "R3")
	if f.Got != "panic: assignment to entry in nil map" || f.Arena != "memory" || f.File != "exercises/05-echo/echo.go" {
		t.Errorf("got %+v", f)
	}
	if want := []string{"boom at echo.go:16"}; !slices.Equal(f.Code, want) {
		t.Errorf("code is %q, want %q", f.Code, want)
	}
	if got := r.FirstFailure().Output; got != "no line's end" {
		t.Errorf("output is %q", got)
	}
	if want := "go test ./exercises/05-echo"; r.Command != want {
		t.Errorf("command is %q, want %q", r.Command, want)
	}
}

func TestNilPointerSaysWhere(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	f := only(t, judgeIt(t, e, candidate(t, e, "nil-pointer"), Options{FailFast: true}), "R1")
	if f.Got != "panic: runtime error: invalid memory address or nil pointer dereference" ||
		!slices.Equal(f.Code, []string{"word.String at echo.go:7"}) {
		t.Errorf("got %+v", f)
	}
}

func TestKilledBySignal(t *testing.T) {
	needGroups(t)
	t.Parallel()
	e := echoExercise(t)
	f := only(t, judgeIt(t, e, candidate(t, e, "killed"), Options{Only: []string{"R5"}}), "R5")
	if f.Symptom != failure.Exit || f.Got != "signal: killed" {
		t.Errorf("got %+v", f)
	}
}

func TestExitSaysWhatWasPrinted(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	f := only(t, judgeIt(t, e, candidate(t, e, "exit-three"), Options{Only: []string{"R2", "R3"}}), "R2")
	if !strings.Contains(f.Got, "I cannot go on") || !strings.Contains(f.Reason, "log.Fatal") {
		t.Errorf("got %+v", f)
	}
}

func TestTimeoutSaysWhereTheCodeStands(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	f := only(t, judgeIt(t, e, candidate(t, e, "hangs"), Options{FailFast: true, Timeout: 3 * time.Second}), "R2")
	if want := []string{"wait at echo.go:10, blocked in chan receive"}; !slices.Equal(f.Code, want) {
		t.Errorf("code is %q, want %q", f.Code, want)
	}
}

func TestForeignFailureKeepsTheTestsWords(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	r := judgeIt(t, e, candidate(t, e, "fourless"), Options{})
	q := r.FirstFailure()
	if got, want := q.Failures[0].Got, "got \"for\"\nwant four"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if q.Failures[0].Arena != "virtual" || q.Failures[1].Arena != "loopback" {
		t.Errorf("arenas are %q and %q", q.Failures[0].Arena, q.Failures[1].Arena)
	}
	if want := "half a line\nhalf a line\n"; q.Output != want {
		t.Errorf("output is %q, want %q", q.Output, want)
	}
}

func TestLongFailureArrivesWhole(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	r := judgeIt(t, e, candidate(t, e, "long"), Options{})
	for i, length := range []int{20000, 1000} {
		q := r.Requirements[i]
		if want := `"` + strings.Repeat("é", length) + `"`; q.Failures[0].Got != want {
			t.Errorf("got %d bytes, want %d", len(q.Failures[0].Got), len(want))
		}
		if q.Output != "" {
			t.Errorf("output is %q", q.Output)
		}
	}
}

func TestOutputIsDrainedAndCapped(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	r := judgeIt(t, e, candidate(t, e, "prints"), Options{})
	if got := summary(r); !strings.HasPrefix(got, "failed: R1 passed, R2 passed, R3 missing tail,") {
		t.Errorf("got %s", got)
	}
	two := r.Requirements[1].Output
	if len(two) > observe.Kept+100 || !strings.HasPrefix(two, "answer 2\n") || !strings.Contains(two, "bytes are left out") || !strings.HasSuffix(two, "end\n") {
		t.Errorf("output of R2 has %d bytes", len(two))
	}
	if got, want := r.Requirements[2].Output, "answer 3\npanic: not really\n"; got != want {
		t.Errorf("output of R3 is %q, want %q", got, want)
	}
}

func TestDataRace(t *testing.T) {
	t.Parallel()
	if ok, why := racedetector.Available(); !ok {
		t.Skip(why)
	}
	e := echoExercise(t)
	r := judgeIt(t, e, candidate(t, e, "races"), Options{Race: true})
	if got, want := summary(r), "failed: R1 passed, R2 passed, R3 data race, R4 passed, R5 passed"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	code := only(t, r, "R3").Code
	slices.Sort(code)
	both := strings.Join(code, "; ")
	if len(code) != 2 || !strings.Contains(both, "Answer.func1 at echo.go:8") || !strings.Contains(both, "Answer at echo.go:9") {
		t.Errorf("code is %q", code)
	}
	if r.FirstFailure().Output != "" || r.Command != "go test -race ./exercises/05-echo" {
		t.Errorf("output %q, command %q", r.FirstFailure().Output, r.Command)
	}
}

func TestCompilerTextIsUnchanged(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	writeFile(t, filepath.Join(e.Dir, "echo.go"), "package echo\n\nfunc Answer(n int) string { return word(n) }\n")
	r := judgeIt(t, e, Learner(e), Options{})
	want := "# socketkata/exercises/05-echo\nexercises/05-echo/echo.go:3:36: undefined: word\n"
	if r.CompilerOutput != want {
		t.Errorf("got  %q\nwant %q", r.CompilerOutput, want)
	}
}

func TestSkippedSaysWhy(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	r := judgeIt(t, e, Reference(e), Options{Env: []string{"NO_FIVE=1"}})
	if q := r.Requirements[4]; r.Verdict != Passed || q.Status != StatusSkipped || q.Skip != "needs five" {
		t.Errorf("%s, %s: %q", r.Verdict, q.Status, q.Skip)
	}
	if passed, skipped, all := r.Count("hardened"); passed != 1 || skipped != 1 || all != 2 {
		t.Errorf("count is %d, %d, %d", passed, skipped, all)
	}
	r = judgeIt(t, e, Reference(e), Options{Env: []string{"NO_FIVE=1"}, Only: []string{"R5"}})
	if r.Verdict != NothingRan || !strings.Contains(r.Why, "needs five") {
		t.Errorf("with everything skipped: %s: %s", r.Verdict, r.Why)
	}
}

func TestRepetitionsAndProgress(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	var steps []string
	r := judgeIt(t, e, Reference(e), Options{Count: 2, CPU: "1,2", Shuffle: true, Only: []string{"R1"}, OnEvent: func(p Progress) {
		steps = append(steps, p.Requirement+string(p.Status))
	}})
	if want := slices.Repeat([]string{"R1", "R1passed"}, 4); !slices.Equal(steps, want) || r.Verdict != Passed {
		t.Errorf("%s: steps are %q", r.Verdict, steps)
	}
}

func TestCancelLeavesNothingBehind(t *testing.T) {
	needGroups(t)
	t.Parallel()
	e := echoExercise(t)
	pidFile := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	went := make(chan struct{})
	go func() {
		defer close(went)
		for ctx.Err() == nil {
			if text, _ := os.ReadFile(pidFile); len(text) > 0 {
				cancel()
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	began := time.Now()
	_, err := Judge(ctx, e, candidate(t, e, "spawns"), Options{Env: []string{"PID_FILE=" + pidFile}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	<-went
	if d := time.Since(began); d > time.Minute {
		t.Errorf("it took %v", d)
	}
	expectGone(t, pidFile)
}
