package judge

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
)

// TestMain makes one fixture for all tests that leave it as it is.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "judge-test-")
	if err != nil {
		panic(err)
	}
	os.Setenv("JUDGE_TEST_DIR", dir)
	os.Setenv("GOGC", "400") // the linker, in process after process, is most of the work
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var shared = sync.OnceValues(func() (string, error) {
	dir := os.Getenv("JUDGE_TEST_DIR")
	if err := unpack("../catalog/testdata/repo.txtar", filepath.Join(dir, "repo")); err != nil {
		return "", err
	}
	return dir, unpack("testdata/candidates.txtar", filepath.Join(dir, "candidates"))
})

func unpack(archive, dir string) error {
	a, err := txtar.ParseFile(archive)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := txtar.Write(a, dir); err != nil {
		return err
	}
	// The fixture's bench reports over the real channel.
	return os.CopyFS(filepath.Join(dir, "harness", "results"), os.DirFS("../results"))
}

// echoExercise returns the fixture's exercise 05-echo, which no test changes.
func echoExercise(t *testing.T) *catalog.Exercise {
	t.Helper()
	dir, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return load(t, filepath.Join(dir, "repo"))
}

// ownExercise returns a copy of it for this test alone. Its README.md does not
// decline the process arena, although the fixture cannot be built for it.
func ownExercise(t *testing.T) *catalog.Exercise {
	t.Helper()
	dir := t.TempDir()
	if err := unpack("../catalog/testdata/repo.txtar", dir); err != nil {
		t.Fatal(err)
	}
	readme := filepath.Join(dir, "exercises", "05-echo", "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	kept, _, declined := strings.Cut(string(text), "\nProcess arena: no")
	if !declined {
		t.Fatal("the fixture no longer declines the process arena: change this helper")
	}
	if err := os.WriteFile(readme, []byte(kept), 0o644); err != nil {
		t.Fatal(err)
	}
	return load(t, dir)
}

func load(t *testing.T, root string) *catalog.Exercise {
	t.Helper()
	c, err := catalog.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Find("05")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Load(); err != nil {
		t.Fatal(err)
	}
	return e
}

// candidate returns the reference with one file of candidates.txtar in place
// of echo.go.
func candidate(t *testing.T, e *catalog.Exercise, name string) Candidate {
	t.Helper()
	dir, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	c := Reference(e)
	c.Name, c.Files["echo.go"] = name, filepath.Join(dir, "candidates", name+".go")
	return c
}

func judgeIt(t *testing.T, e *catalog.Exercise, c Candidate, o Options) Result {
	t.Helper()
	r, err := Judge(t.Context(), e, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// summary says a result in one line: "failed: R1 passed, R2 exit, R3 passed".
func summary(r Result) string {
	var parts []string
	for _, q := range r.Requirements {
		word := string(q.Status)
		if q.Status == StatusFailed {
			word = ""
			for _, f := range q.Failures {
				word += "+" + string(f.Symptom)
			}
			word = strings.TrimPrefix(word, "+")
		}
		parts = append(parts, q.ID+" "+word)
	}
	return string(r.Verdict) + ": " + strings.Join(parts, ", ")
}

const (
	green   = "R1 passed, R2 passed, R3 passed, R4 passed, R5 passed"
	nothing = "R1 not reached, R2 not reached, R3 not reached, R4 not reached, R5 not reached"
)

var verdicts = []struct {
	candidate string
	options   Options
	want      string
	why       string // part of Result.Why
}{
	{"goroutine-panics", Options{}, "failed: R1 passed, R2 passed, R3 panic, R4 passed, R5 passed", ""},
	{"goroutine-panics", Options{FailFast: true}, "failed: R1 passed, R2 passed, R3 panic, R4 not reached, R5 not reached", ""},
	{"test-goroutine-panics", Options{}, "failed: R1 passed, R2 passed, R3 passed, R4 panic, R5 panic", ""},
	{"exit-zero", Options{}, "failed: R1 passed, R2 exit, R3 passed, R4 passed, R5 passed", ""},
	{"exit-three", Options{}, "failed: R1 passed, R2 exit, R3 passed, R4 passed, R5 passed", ""},
	{"raw-exit", Options{}, "failed: R1 passed, R2 passed, R3 passed, R4 passed, R5 exit", ""},
	{"nil-pointer", Options{}, "failed: R1 panic, R2 passed, R3 passed, R4 passed, R5 passed", ""},
	{"init-exits", Options{}, "nothing ran: " + nothing, "called os.Exit at "},
	{"init-panics", Options{}, "nothing ran: " + nothing, "began: panic: runtime error: index out of range"},
	{"init-hangs", Options{Timeout: time.Second, grace: time.Second}, "nothing ran: " + nothing, "never returns"},
	{"drops-tests", Options{}, "failed: R1 passed, R2 exit, R3 exit, R4 exit, R5 exit", ""},
	{"drops-all-tests", Options{}, "nothing ran: " + nothing, ""},
	{"hangs", Options{Each: 3 * time.Second}, "timed out: R1 passed, R2 never returned, R3 passed, R4 passed, R5 passed", ""},
	{"hangs", Options{Timeout: 3 * time.Second}, "timed out: R1 passed, R2 never returned, R3 passed, R4 passed, R5 passed", ""},
	{"recurses", Options{}, "failed: R1 panic, R2 passed, R3 passed, R4 passed, R5 passed", ""},
	{"fourless", Options{}, "failed: R1 passed, R2 passed, R3 passed, R4 wrong value+wrong value, R5 passed", ""},
	{"long", Options{}, "failed: R1 wrong bytes, R2 wrong bytes+wrong bytes, R3 passed, R4 passed, R5 passed", ""},
	{"no-compile", Options{}, "does not compile: " + nothing, ""},
	{"other-api", Options{}, "does not compile: " + nothing, ""},
	{"imports-nothing", Options{}, "does not compile: " + nothing, ""},
	{"vetted", Options{}, "refused by vet: " + nothing, ""},
	{"imports-solution", Options{}, "passed: " + green, ""},
}

func TestVerdicts(t *testing.T) {
	for _, test := range verdicts {
		t.Run(test.candidate, func(t *testing.T) {
			t.Parallel()
			e := echoExercise(t)
			r := judgeIt(t, e, candidate(t, e, test.candidate), test.options)
			if got := summary(r); got != test.want {
				t.Errorf("got  %s\nwant %s\n%s%s", got, test.want, r.Why, r.CompilerOutput)
			}
			if !strings.Contains(r.Why, test.why) {
				t.Errorf("why is %q, want %q in it", r.Why, test.why)
			}
		})
	}
}

func TestKnownCandidates(t *testing.T) {
	e := echoExercise(t)
	tests := []struct {
		candidate Candidate
		want      string
	}{
		{Reference(e), "passed: R1 passed, R2 passed, R3 passed, R4 passed, R5 passed"},
		{Stub(e), "failed: R1 missing tail, R2 missing tail+missing tail, R3 missing tail, R4 wrong value+wrong value, R5 missing tail"},
		{Learner(e), "failed: R1 missing tail, R2 missing tail+missing tail, R3 missing tail, R4 wrong value+wrong value, R5 missing tail"},
		{Answer(e.Mistakes[1].Answer), "failed: R1 passed, R2 missing tail+missing tail, R3 passed, R4 wrong value+wrong value, R5 passed"},
		{Answer(e.Right[0]), "passed: R1 passed, R2 passed, R3 passed, R4 passed, R5 passed"},
	}
	for _, test := range tests {
		t.Run(test.candidate.Name, func(t *testing.T) {
			t.Parallel()
			if got := summary(judgeIt(t, e, test.candidate, Options{})); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// first returns the only failure of a requirement.
func only(t *testing.T, r Result, id string) failure.Failure {
	t.Helper()
	i := slices.IndexFunc(r.Requirements, func(q RequirementResult) bool { return q.ID == id })
	if i < 0 || len(r.Requirements[i].Failures) != 1 {
		t.Fatalf("no single failure of %s in %s", id, summary(r))
	}
	return r.Requirements[i].Failures[0]
}
