package judge

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCandidateIsRefused(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	good := e.Reference[0]
	sub := t.TempDir()
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no files", nil, "the candidate has no files"},
		{"test", map[string]string{"echo_test.go": good}, "echo_test.go: a candidate brings no tests"},
		{"assembly", map[string]string{"echo_amd64.s": good}, "echo_amd64.s: a candidate is made of .go files only"},
		{"object", map[string]string{"echo.syso": good}, "echo.syso: a candidate is made of .go files only"},
		{"C", map[string]string{"echo.c": good}, "echo.c: a candidate is made of .go files only"},
		{"relative", map[string]string{"echo.go": "echo.go"}, "echo.go: echo.go is not an absolute path"},
		{"folder in the name", map[string]string{"../echo.go": good}, `"../echo.go" is no base name of a file`},
		{"backslash in the name", map[string]string{`..\echo.go`: good}, `"..\\echo.go" is no base name of a file`},
		{"hidden", map[string]string{"_echo.go": good}, "_echo.go: the go command ignores files with this name"},
		{"folder", map[string]string{"echo.go": sub}, "echo.go: " + sub + " is not a regular file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Judge(t.Context(), e, Candidate{Files: test.files}, Options{})
			if want := "judge 05-echo: " + test.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
	_, err := Judge(t.Context(), e, Candidate{Files: map[string]string{"echo.go": filepath.Join(sub, "none.go")}}, Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	_, err = Judge(t.Context(), e, Reference(e), Options{Only: []string{"R9"}})
	if err == nil || err.Error() != "judge 05-echo: no requirement to run" {
		t.Errorf("no requirement: %v", err)
	}
}

// What lies in the exercise's folder is no part of a candidate that takes its
// place, and the exercise's tests are.
func TestOverlayHidesTheLearnersFiles(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	writeFile(t, filepath.Join(e.Dir, "broken.go"), "this is no Go\n")
	writeFile(t, filepath.Join(e.Dir, "words.s"), "this is no assembly\n")
	writeFile(t, filepath.Join(e.Dir, "inside_test.go"), "package echo\n\nvar _ = mine\n")
	if err := os.Remove(filepath.Join(e.Dir, "echo.go")); err != nil {
		t.Fatal(err)
	}
	c := Reference(e)
	c.Files["words.go"] = candidate(t, e, "words").Files["echo.go"]
	c.Files["echo.go"] = candidate(t, e, "embeds-another").Files["echo.go"]
	if got := summary(judgeIt(t, e, c, Options{})); !strings.HasPrefix(got, "passed: ") {
		t.Errorf("got %s", got)
	}
}

func TestOverlayThatIsNotInForceIsNoticed(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	// The go command sees the folder by another name than the overlay.
	r, err := prepare(e, Reference(e), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.cleanUp()
	text, err := os.ReadFile(r.overlay.file)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, r.overlay.file, strings.ReplaceAll(string(text), "05-echo", "05-Echo"))
	result, err := r.judge(t.Context())
	if err != nil || result.Verdict != HarnessBroken || !strings.Contains(result.Why, "not in force") {
		t.Errorf("%s: %s (%v)", result.Verdict, result.Why, err)
	}
}

func TestLinkedFolderIsRefused(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	if err := os.Rename(e.Dir, e.Dir+"-real"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(e.Dir+"-real", e.Dir); err != nil {
		t.Skip(err)
	}
	_, err := Judge(t.Context(), e, Reference(e), Options{})
	if err == nil || !strings.Contains(err.Error(), "no symbolic link") {
		t.Errorf("got %v", err)
	}
}

func TestSolutionsCanBeHidden(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	c := candidate(t, e, "imports-solution")
	c.NoSolutions = true
	r := judgeIt(t, e, c, Options{})
	if r.Verdict != DoesNotCompile || !strings.Contains(r.CompilerOutput, "socketkata/solutions/05-echo") {
		t.Errorf("%s: %s", r.Verdict, r.CompilerOutput)
	}
}

func TestNoSolutionsToHide(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	text, err := os.ReadFile(filepath.Join(e.SolutionDir, "echo.go"))
	if err != nil {
		t.Fatal(err)
	}
	c := Candidate{Name: "submission", Texts: map[string]string{"echo.go": string(text)}, NoSolutions: true}
	if err := os.RemoveAll(filepath.Join(e.Root(), "solutions")); err != nil {
		t.Fatal(err)
	}
	if r := judgeIt(t, e, c, Options{}); r.Verdict != Passed {
		t.Errorf("%s: %s", r.Verdict, r.Why)
	}
}

func TestKeptOverlayAndArtifacts(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	o := Options{Overlay: filepath.Join(e.Root(), ".kata", "overlay", "05-echo.json"), Artifacts: filepath.Join(e.Root(), ".kata", "runs")}
	old := filepath.Join(o.Artifacts, "old")
	writeFile(t, old, "from the run before")
	r := judgeIt(t, e, Reference(e), o)
	if want := "go test -overlay=.kata/overlay/05-echo.json ./exercises/05-echo"; r.Command != want || r.Verdict != Passed {
		t.Errorf("%s: %s", r.Verdict, r.Command)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old artifact is still there: %v", err)
	}
	text, err := os.ReadFile(o.Overlay)
	if err != nil {
		t.Fatal(err)
	}
	var kept struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(e.Dir, witnessFile), filepath.Join(e.Dir, "echo.go")}
	if got := slices.Sorted(maps.Keys(kept.Replace)); !slices.Equal(got, want) {
		t.Errorf("keys are %q, want %q", got, want)
	}
}

func TestBrokenHarness(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	writeFile(t, filepath.Join(e.Root(), "harness", "peer", "broken.go"), "package peer\n\nvar x int = \"\"\n")
	r := judgeIt(t, e, Learner(e), Options{})
	if r.Verdict != HarnessBroken || r.Why != "socketkata/harness/peer cannot be built" || !strings.Contains(r.CompilerOutput, "broken.go:3") {
		t.Errorf("%s: %s\n%s", r.Verdict, r.Why, r.CompilerOutput)
	}
	writeFile(t, filepath.Join(e.Root(), "go.mod"), "module socketkata\n\ngo 1.26.0\n\nrequire example.com/a v9\n")
	r = judgeIt(t, e, Learner(e), Options{})
	if r.Verdict != HarnessBroken || !strings.HasPrefix(r.Why, "the go command could not start: go: ") {
		t.Errorf("%s: %s", r.Verdict, r.Why)
	}
}

func TestLearnersOwnTests(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	text, err := os.ReadFile(e.Reference[0])
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(e.Dir, "echo.go"), string(text))
	writeFile(t, filepath.Join(e.Dir, "mine_test.go"), "package echo\n\nimport \"testing\"\n\nfunc TestMine(t *testing.T) { t.Fail() }\n")
	if r := judgeIt(t, e, Learner(e), Options{}); r.Verdict != Passed {
		t.Errorf("the requirements depend on a test of the learner's own: %s: %s", r.Verdict, r.Why)
	}
	command, output, err := Own(t.Context(), e)
	if err != nil || command != "go test '-run=^(TestMine)$' ./exercises/05-echo" || !strings.Contains(output, "--- FAIL: TestMine") {
		t.Errorf("got %q, %q, %v", command, output, err)
	}
}

// TestFuzzTests: a fuzz test of the exercise counts, except where the candidate
// is another process, which only a bench starts.
func TestFuzzTests(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	writeFile(t, filepath.Join(e.Dir, "fuzz_test.go"), "package echo_test\n\nimport \"testing\"\n\nfunc FuzzMine(f *testing.F) { f.Fail() }\n")
	if r := judgeIt(t, e, Reference(e), Options{}); r.Verdict != Failed || r.Why != "FuzzMine failed; it belongs to no requirement" {
		t.Errorf("it does not count: %s: %s", r.Verdict, r.Why)
	}
	for _, o := range []Options{{Process: true}, Options{}.AtAddress("127.0.0.1:9")} {
		r := run{e: e, c: Reference(e), o: o}
		if flags := strings.Join(r.testFlags(), " "); !strings.Contains(flags, "FuzzMine") {
			t.Errorf("it is not skipped: %s", flags)
		}
	}
}

func TestElsewhereIsSkipped(t *testing.T) {
	t.Parallel()
	e := ownExercise(t)
	for i := range e.Requirements {
		e.Requirements[i].Elsewhere = i > 0
	}
	e.Platforms = "Plan 9"
	r := judgeIt(t, e, Learner(e), Options{})
	if got := summary(r); got != "failed: R1 missing tail, R2 skipped, R3 skipped, R4 skipped, R5 skipped" {
		t.Errorf("got %s", got)
	}
	e.Requirements[0].Elsewhere = true
	r = judgeIt(t, e, Learner(e), Options{})
	if r.Verdict != NothingRan || !strings.Contains(r.Why, "for Plan 9; this is") {
		t.Errorf("%s: %s", r.Verdict, r.Why)
	}
}
