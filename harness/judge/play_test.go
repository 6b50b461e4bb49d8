package judge

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"socketkata/harness/catalog"
	"socketkata/harness/racedetector"
)

const playFile = `package echo_test

import (
	"fmt"
	"testing"
)

func TestPlay(t *testing.T) {
	fmt.Println("played")
	t.Fatal("it is not to run")
}
`

// after makes the test process do something when its last test has ended.
func after(t *testing.T, e *catalog.Exercise, statement string) {
	t.Helper()
	writeFile(t, filepath.Join(e.Dir, "z_test.go"), "package echo_test\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nvar count int\n\nfunc TestMain(m *testing.M) {\n\tcode := m.Run()\n\t"+statement+"\n\tos.Exit(code)\n}\n")
}

// TestPlayIsNotJudged judges a candidate that dies after its last test. The
// play, which comes after that, must not run and hide whose fault it was.
func TestPlayIsNotJudged(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	writeFile(t, filepath.Join(e.Dir, catalog.PlayFile), playFile)
	after(t, e, "os.Exit(1)")
	r := judgeIt(t, e, Reference(e), Options{})
	if got := summary(r); !strings.HasPrefix(got, "failed: R1 passed, R2 passed, R3 passed, R4 passed, R5") || strings.Contains(got, "R5 passed") {
		t.Errorf("got %s", got)
	}
}

// What happens after the last test is the last test's fault.
func TestDeathAfterTheLastTest(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	after(t, e, `panic("left behind")`)
	r := judgeIt(t, e, Reference(e), Options{})
	if got := summary(r); got != "failed: R1 passed, R2 passed, R3 passed, R4 passed, R5 panic" {
		t.Errorf("got %s", got)
	}
}

func TestRaceAfterTheLastTest(t *testing.T) {
	t.Parallel()
	if ok, why := racedetector.Available(); !ok {
		t.Skip(why)
	}
	e := ownExercise(t)
	after(t, e, "done := make(chan bool)\n\tgo func() { count++; done <- true }()\n\tcount++\n\t<-done")
	r := judgeIt(t, e, Reference(e), Options{Race: true})
	if got := summary(r); got != "failed: R1 passed, R2 passed, R3 passed, R4 passed, R5 data race" {
		t.Errorf("got %s", got)
	}
}

// TestProgram builds a candidate and runs its play.
func TestProgram(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	writeFile(t, filepath.Join(e.Dir, catalog.PlayFile), playFile)
	for _, c := range []Candidate{Learner(e), Reference(e)} {
		p, err := Build(t.Context(), e, c)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Remove()
		var out strings.Builder
		process, err := p.Start(catalog.PlayTest, nil, &out, &out)
		if err != nil {
			t.Fatal(err)
		}
		if how := process.Wait(); how != "exit status 1" || !strings.HasPrefix(out.String(), "played\n") {
			t.Errorf("%s: it ended with %q and printed %q", c.Name, how, out.String())
		}
	}
	writeFile(t, filepath.Join(e.Dir, "echo.go"), "package echo\n\nfunc Answer(n int) string { return word(n) }\n")
	_, err := Build(t.Context(), e, Learner(e))
	var broken *BuildError
	if want := "# socketkata/exercises/05-echo\nexercises/05-echo/echo.go:3:36: undefined: word\n"; !errors.As(err, &broken) || broken.Output != want {
		t.Errorf("got %v, want the compiler's %q", err, want)
	}
}

func TestFindCrash(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	const trace = "\n\ngoroutine 7 [running]:\nsocketkata/exercises/05-echo.(*Server).Serve(0x1)\n\t/x/exercises/05-echo/echo.go:14 +0x1d\ncreated by main\n\t/x/main.go:1\n"
	for _, c := range []struct{ stderr, what, where string }{
		{"", "", ""},
		{"panic: only words\n", "", ""},
		{"hello\npanic: boom" + trace, "panic: boom", "Server.Serve at echo.go:14"},
		{"no end panic: boom [recovered, repanicked]" + trace, "panic: boom", "Server.Serve at echo.go:14"},
		{"fatal error: concurrent map writes\n\ngoroutine 7 [running]:\nother.f()\n\t/x/other.go:3\n", "fatal error: concurrent map writes", ""},
	} {
		crash, ok := FindCrash(e, c.stderr)
		if crash.What != c.what || crash.Where != c.where || ok != (c.what != "") {
			t.Errorf("%q: got %+v", c.stderr, crash)
		}
	}
}
