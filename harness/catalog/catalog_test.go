package catalog

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"socketkata/harness/failure"
)

// repo unpacks the fixture into a folder of its own and changes some files:
// each change is a file, a text in it and what takes the text's place. A text
// "" means the whole file, and a whole file of "" is removed.
func repo(t *testing.T, changes ...[3]string) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/repo.txtar")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := txtar.Write(archive, root); err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		change(t, filepath.Join(root, filepath.FromSlash(c[0])), c[1], c[2])
	}
	return root
}

func change(t *testing.T, file, old, text string) {
	t.Helper()
	if old != "" {
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(have), old) {
			t.Fatalf("%q is not in %s", old, file)
		}
		text = strings.Replace(string(have), old, text, 1)
	} else if text == "" {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	root := repo(t)
	c, err := Load(filepath.Join(root, "exercises", "05-echo"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Root != root || len(c.Exercises) != 2 {
		t.Fatalf("root %s with %d exercises", c.Root, len(c.Exercises))
	}
	e := c.Exercises[0]
	if e.Number != 5 || e.Slug != "echo" || e.Name != "05-echo" || e.Title != "The echo server made right" ||
		e.Part != "Part 2" || e.Platforms != "every platform" || !slices.Equal(e.Arenas, []string{"memory", "loopback"}) {
		t.Errorf("got %+v", e)
	}
	want := []Requirement{
		{"R1", "one comes back", Core, "TestOne", []string{"memory"}, []string{"Begin with one.", "It is a word of three letters.", "Return it."}, false},
		{"R2", "two comes back", Core, "TestTwo", []string{"memory", "loopback"}, []string{"Think twice.", "Two is even.", "Return it, too."}, false},
		{"R3", "three comes back", Core, "TestThree", []string{"memory"}, []string{"Think again.", "Three is odd.", "Return it as well."}, false},
		{"R4", "four comes back", Hardened, "TestFour", []string{"virtual", "loopback"}, []string{"Think twice.", "Two is even.", "Return it, too."}, false},
		{"R5", "five comes back", Hardened, "TestFive", []string{"memory"}, []string{"Count your fingers.", "They are five.", "Return that."}, false},
	}
	if !reflect.DeepEqual(e.Requirements, want) {
		t.Errorf("got  %+v\nwant %+v", e.Requirements, want)
	}
	if len(e.Tier(Core)) != 3 || e.Requirement("R4").Test != "TestFour" || e.Requirement("R6") != nil {
		t.Error("the requirements are not found by tier and ID")
	}
	checkAnswers(t, e)
}

func checkAnswers(t *testing.T, e *Exercise) {
	t.Helper()
	dir := filepath.Join(e.SolutionDir, "testdata")
	const reference = "package echo\n\n// Answer returns the word for n.\nfunc Answer(n int) string {\n" +
		"\treturn [...]string{\"zero\", \"one\", \"two\", \"three\", \"four\", \"five\"}[n]\n}\n"
	code := func(text string) map[string]string { return map[string]string{"echo.go": text} }
	wrong := []Mistake{{
		Answer: Answer{Name: "forgets-three", File: filepath.Join(dir, "wrong", "forgets-three.patch"),
			About: "Three is left out, as it often is.", Code: code(strings.Replace(reference, "three", "", 1))},
		Diff: "--- echo.go\n+++ echo.go\n@@ -3,4 +3,4 @@\n // Answer returns the word for n.\n func Answer(n int) string {\n" +
			"-\treturn [...]string{\"zero\", \"one\", \"two\", \"three\", \"four\", \"five\"}[n]\n" +
			"+\treturn [...]string{\"zero\", \"one\", \"two\", \"\", \"four\", \"five\"}[n]\n }\n",
		Seen: "3 of 5 learners; and in one book.", Say: "three comes after two.",
		Requirements: []string{"R3"}, Symptoms: []failure.Symptom{failure.MissingTail, failure.EarlyEOF}, Arenas: []string{"memory"},
	}, {
		Answer: Answer{Name: "odd-only", File: filepath.Join(dir, "wrong", "odd-only.go"),
			About: "Even numbers are left out.", Code: code(content(t, filepath.Join(dir, "wrong", "odd-only.go")))},
		Seen: "nowhere.", Say: "even numbers are numbers.",
		Requirements: []string{"R2", "R4"}, Symptoms: []failure.Symptom{failure.MissingTail},
	}}
	if diff := cmp.Diff(wrong, e.Mistakes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	file := filepath.Join(dir, "right", "switch.go")
	right := []Answer{{Name: "switch", File: file, About: "With a switch.", Code: code(content(t, file))}}
	if !reflect.DeepEqual(e.Right, right) {
		t.Errorf("got  %+v\nwant %+v", e.Right, right)
	}
	for _, files := range [][2]any{
		{e.Stub, []string{filepath.Join(dir, "stub", "echo.go")}},
		{e.Reference, []string{filepath.Join(e.SolutionDir, "echo.go")}},
		{e.LearnerFiles(), []string{filepath.Join(e.Dir, "echo.go")}},
	} {
		if !reflect.DeepEqual(files[0], files[1]) {
			t.Errorf("files are %q, want %q", files[0], files[1])
		}
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A compile error in a patched file is one in a line of the patch.
func TestPatchLine(t *testing.T) {
	c, err := Load(repo(t))
	if err != nil {
		t.Fatal(err)
	}
	e := c.Exercises[0]
	for number, want := range map[int]int{2: 0, 5: 16, 6: 17, 7: 0} {
		if got := e.PatchLine(e.Mistakes[0], "echo.go", number); got != want {
			t.Errorf("line %d of echo.go comes from line %d of the patch, want %d", number, got, want)
		}
	}
	if got := e.PatchLine(e.Mistakes[1], "echo.go", 7); got != 7 {
		t.Errorf("got line %d of a complete file, want 7", got)
	}
}

func TestOpenReadsNamesOnly(t *testing.T) {
	root := repo(t, [3]string{"exercises/05-echo/README.md", "", ""})
	c, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	if c.Exercises[0].Name != "05-echo" || c.Exercises[0].Title != "" {
		t.Errorf("got %+v", c.Exercises[0])
	}
}

// One broken exercise does not hide the others.
func TestLoadKeepsTheOthers(t *testing.T) {
	c, err := Load(repo(t, [3]string{"exercises/05-echo/README.md", "", ""}))
	if err == nil || len(c.Exercises) != 1 || c.Exercises[0].Name != "06-lines" {
		t.Errorf("%d exercises, %v", len(c.Exercises), err)
	}
}

func TestWithoutSolutions(t *testing.T) {
	c, err := Load(repo(t, [3]string{"solutions", "", ""}))
	if err != nil {
		t.Fatal(err)
	}
	if e := c.Exercises[0]; e.Stub != nil || e.Mistakes != nil {
		t.Errorf("got %+v", e)
	}
}

// A learner's half-written code and own tests do not concern the catalog.
func TestLearnersFilesAreNotRead(t *testing.T) {
	_, err := Load(repo(t,
		[3]string{"exercises/05-echo/echo.go", "", "package"},
		[3]string{"exercises/05-echo/mine_test.go", "", "package echo\n\nfunc TestMine() {}\n"}))
	if err != nil {
		t.Error(err)
	}
}

func TestRequirementElsewhere(t *testing.T) {
	c, err := Load(repo(t, [3]string{"exercises/06-lines/lines_test.go", "package lines_test", "//go:build plan9\n\npackage lines_test"}))
	if err != nil {
		t.Fatal(err)
	}
	if !c.Exercises[1].Requirements[0].Elsewhere || c.Exercises[0].Requirements[0].Elsewhere {
		t.Error("the build constraint is not heeded")
	}
}

func TestFind(t *testing.T) {
	c, err := Open(repo(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"5", "05", "echo", "05-echo", "5-echo", " ECHO ", "exercises/05-echo/", "./05-echo"} {
		if e, err := c.Find(name); err != nil || e.Name != "05-echo" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"ecko":    `no exercise is called "ecko"; near names: 05-echo`,
		"5-ehco":  `no exercise is called "5-ehco"; near names: 05-echo`,
		"line":    `no exercise is called "line"; near names: 06-lines`,
		"7":       `no exercise is called "7"; the exercises are 05-echo, 06-lines`,
		"a\x1b'b": `no exercise is called "a\x1b'b"; the exercises are 05-echo, 06-lines`,
		strings.Repeat("ä", 1000): `no exercise is called "` + strings.Repeat("ä", 40) +
			`…"; the exercises are 05-echo, 06-lines`,
	} {
		if _, err := c.Find(name); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestFindRoot(t *testing.T) {
	_, err := FindRoot(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "is not inside the kata repository: no go.mod of module socketkata in it or above it") {
		t.Errorf("got %v", err)
	}
	// Another module in between is not it.
	root := repo(t, [3]string{"deeper/go.mod", "", "module socketkata2\n"})
	if got, err := FindRoot(filepath.Join(root, "deeper")); got != root {
		t.Errorf("got %s, %v", got, err)
	}
	_, err = FindRoot(filepath.Join(root, "nowhere"))
	if err == nil || !strings.HasPrefix(err.Error(), "find the repository: ") {
		t.Errorf("got %v", err)
	}
}
