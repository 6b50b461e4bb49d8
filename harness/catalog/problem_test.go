package catalog

import (
	"errors"
	"strings"
	"testing"
)

const (
	readmeMD   = "exercises/05-echo/README.md"
	hintsMD    = "exercises/05-echo/hints.md"
	testGo     = "exercises/05-echo/echo_test.go"
	wrongPatch = "solutions/05-echo/testdata/wrong/forgets-three.patch"
	wrongGo    = "solutions/05-echo/testdata/wrong/odd-only.go"

	// twin has the lines of the patch a second time.
	twin = "// Answer returns the word for n.\nfunc Answer(n int) string {\n" +
		"\treturn [...]string{\"zero\", \"one\", \"two\", \"three\", \"four\", \"five\"}[n]\n}\n"
)

// Each case changes one thing and is answered with every line of want.
var problems = []struct {
	file, old, text string
	want            string
}{
	{"exercises/5-echo/x", "", "x", "exercises/5-echo: name the folder with two digits, a hyphen and a package name, like 05-echo"},
	{"exercises/05-other/x", "", "x", "exercises/05-other: the number 05 is taken by 05-echo: give one of them another"},
	{"exercises/07-echo/x", "", "x", "exercises/07-echo: the name echo is taken by 05-echo: give one of them another"},

	{readmeMD, "", "", readmeMD + `: missing: write the exercise's text, beginning with "# 05 echo — Title"`},
	{readmeMD, "# 05 echo —", "# 5 echo -", readmeMD + `:1: begin with the line "# 05 echo — Title", with an em dash`},
	{readmeMD, "every platform ·", "", readmeMD + `:3: below the title, write "Part 2 · every platform · arenas: memory, loopback" with this exercise's facts`},
	{readmeMD, "", "# 05 echo — Title\n", readmeMD + ":1: below the title, write\n" + readmeMD + ": no contract: add"},
	{readmeMD, "arenas: memory", "arenas: ether", readmeMD + `:3: "ether" is no arena: write memory, virtual or loopback`},
	{readmeMD, "## Contract", "## Rules", readmeMD + `: no contract: add "## Contract" with "### Core" and "### Hardened"`},
	{readmeMD, "", "# 05 echo — T\n\nPart 2 · x · arenas: memory\n\n## Contract\n", readmeMD + `: the contract holds no requirement: list one as "- **R1** one message comes back"`},
	{readmeMD, "### Core", "### Heart", readmeMD + `:9: name the parts of the contract "### Core" and "### Hardened"`},
	{readmeMD, "### Core\n\n- **R1**", "- **R1**", readmeMD + `:9: R1 is in neither part: put it below "### Core" or "### Hardened"` + "\n" + readmeMD + ":10: R2" + "\n" + readmeMD + ":12: R3"},
	{readmeMD, "- **R2**", "- R2", readmeMD + `:12: write a requirement as "- **R1** one message comes back"`},
	{readmeMD, "- **R2**", "- **R1**", readmeMD + ":12: R1 is listed twice: give the new requirement the next number that was never used"},
	{readmeMD, "### Hardened\n", "### Hardened\n\n### Core\n", ""},
	{readmeMD, "- **R5** five comes back\n", "- **R5** five comes back\n\n### Core\n\n- **R6** six\n", readmeMD + `:23: R6 is core and follows a hardened one: put "### Core" first`},
	{readmeMD, "one comes back", "one comes back.", readmeMD + ":11: R1 ends with a full stop: leave it out"},
	{readmeMD, "one comes back", strings.Repeat("ö", 91), readmeMD + ":11: R1 has 91 characters: say it in 90"},

	{testGo, "", "", "exercises/05-echo/echo_test.go: no test calls peer.Run: add one test for each requirement of README.md"},
	{testGo, "func TestOne(", "func TestOne)", testGo + ":11: expected '(', found ')': correct the file"},
	{testGo, "R1: one comes back", "R1: one goes", testGo + `:12: R1 reads "one goes" here and "one comes back" at README.md:11: use the very same sentence`},
	{testGo, `"R1: one comes back"`, `"R1 one"`, testGo + `:12: give peer.Run the requirement as one string literal, like "R3: sentence"`},
	{testGo, `"R1: one comes back"`, `sentence`, testGo + `:12: give peer.Run the requirement as one string literal, like "R3: sentence"`},
	{testGo, `"R1: one comes back"`, `"R01: one comes back"`, testGo + ":12: give peer.Run the requirement"},
	{testGo, "}, peer.Memory)\n}\n\nfunc TestTwo", "}, arena)\n}\n\nfunc TestTwo", testGo + ":14: name the arenas one by one as peer.Memory, peer.Virtual and peer.Loopback"},
	{testGo, "func TestOne(t *testing.T) {", "func TestOne(t *testing.T) {\n\tpeer.Run(t)", testGo + ":12: peer.Run needs t, a sentence and a script\n" +
		testGo + ":13: TestOne calls peer.Run twice: write one test for each requirement"},
	{testGo, "func TestOne(", "func one(", testGo + ":12: peer.Run is called in one: call it from the body of a top-level test"},
	{testGo, "R2: two comes back", "R1: one comes back", testGo + ":18: R1 is tested by TestOne already: write one test for each requirement\n" +
		readmeMD + `:12: R2 has no test: add one that calls peer.Run(t, "R2: two comes back", …)`},
	{testGo, "R5: five comes back", "R6: six comes back", readmeMD + `:19: R5 has no test: add one that calls peer.Run(t, "R5: five comes back", …)` + "\n" +
		testGo + ":38: R6 is not in README.md: add it to the contract"},
	{testGo, `"R1: one comes back", func(b *peer.Bench) {
		b.Want(echo.Answer(1), "one")
	}, peer.Memory)
}

func TestTwo(t *testing.T) {
	peer.Run(t, "R2: two comes back"`, `"R2: two comes back", func(b *peer.Bench) {
	})
}

func TestTwo(t *testing.T) {
	peer.Run(t, "R1: one comes back"`, testGo + ":12: R2 is tested above the requirement before it: order the tests by requirement"},

	{hintsMD, "", "", hintsMD + `: missing: write three hints for each requirement below a heading like "## R1" or "## R2, R4"`},
	{hintsMD, "## R1", "## One", hintsMD + `:3: write the heading as "## R1" or "## R2, R4"`},
	{hintsMD, "3. Return it.\n", "", hintsMD + ":3: 2 hints: write 3, a nudge, an idea and the shape of the code"},
	{hintsMD, "Think again.", strings.Repeat("word ", 61), hintsMD + ":16: hint 1 has 61 words: say it in 60"},
	{hintsMD, "## R5", "## R6", hintsMD + ":22: R6 is no requirement of this exercise: remove it from the heading"},
	{hintsMD, "## R5", "## R1", hintsMD + ":22: R1 has hints already: give each requirement one heading"},
	{hintsMD, "## R2, R4", "## R2", hintsMD + `: R4 has no hints: add "## R4" and three hints`},

	{"solutions/05-echo/echo.go", "", "", "solutions/05-echo/echo.go: missing: put the reference answer there"},
	{"solutions/05-echo/testdata/stub", "", "", "solutions/05-echo/testdata/stub/echo.go: missing: put a copy of the stub there"},

	{wrongGo, "package echo", "package ecco", wrongGo + ":9: package ecco: write package echo"},
	{wrongGo, "package echo", "packag echo", wrongGo + ":9: expected 'package', found packag: correct the file"},
	{wrongGo, "// Even numbers are left out.\n", "//\n", wrongGo + ":1: begin with a sentence that says what the mistake is"},
	{wrongGo, "// Seen: nowhere.\n", "", wrongGo + `:1: the header lacks "Seen:": add it`},
	{wrongGo, "// Caught by: R2 (missing tail), R4\n", "", wrongGo + `:1: the header lacks "Caught by:": add it`},
	{wrongGo, "// Say: even numbers are numbers.\n", "", wrongGo + `:1: the header lacks "Say:": add it`},
	{wrongGo, "// Say:", "// Say: once.\n// Say:", wrongGo + `:8: "Say:" appears twice: write it once`},
	{wrongGo, "// Say:", "// Arenas: ether\n// Say:", wrongGo + `:7: "ether" is no arena: write memory, virtual or loopback`},
	{wrongGo, "R2 (missing tail), R4", "R2, R4", wrongGo + `:6: write it as "Caught by: R2 (missing tail | early EOF), R4"`},
	{wrongGo, "R2 (missing tail), R4", "R2 (missing tail), R4 (spin)", wrongGo + `:6: write it as "Caught by: R2 (missing tail | early EOF), R4"`},
	{wrongGo, "R2 (missing tail), R4", "R2 (missing tail), R7", wrongGo + ":6: R7 is no requirement of this exercise: name the requirements that fail"},
	{wrongGo, "R2 (missing tail), R4", "R4 (missing tail), R2", wrongGo + ":6: R2 is out of order: name the requirements in order, each once"},
	{wrongGo, "(missing tail)", "(bad luck)", wrongGo + `:6: "bad luck" is no symptom: take one from harness/failure/failure.go`},
	{wrongPatch, "Three is left out,\nas it often is.\n", "", wrongPatch + ":1: begin with a sentence that says what the mistake is"},
	{wrongPatch, "Caught by: R3", "Caught by: R9", wrongPatch + ":6: R9 is no requirement of this exercise: name the requirements that fail"},
	{wrongPatch, "\n--- echo.go", "Say: again.\n\n--- echo.go", wrongPatch + `:9: "Say:" appears twice: write it once`},
	{wrongPatch, "", "Three is left out.\n", wrongPatch + ":1: the diff is empty: write it below the header, from --- FILE and +++ FILE on"},
	{wrongPatch, "-3,4 +3,4", "-3,5 +3,5", wrongPatch + ":12: not a unified diff: fragment header miscounts lines: -1 old, -1 new"},
	{wrongPatch, "-\treturn", "-\tretrun", wrongPatch + ":12: hunk 1 does not apply: its old lines are not in echo.go"},
	{"solutions/05-echo/echo.go", "\treturn [...]string{\"zero\"", "\treturn [...]string{\"null\"", wrongPatch + ":12: hunk 1 does not apply: its old lines are not in echo.go"},
	{"solutions/05-echo/echo.go", "package echo\n", "package echo\n\n" + twin, wrongPatch + ":12: hunk 1 applies in 2 places of echo.go: give it more lines of context"},
	{wrongPatch, "--- echo.go\n+++ echo.go", "--- lines.go\n+++ lines.go", wrongPatch + ":12: lines.go is not a file of the reference: a patch changes only those"},
	{"solutions/05-echo/testdata/wrong/odd-only.patch", "", "x\n\n--- echo.go\n+++ echo.go\n@@ -1 +1 @@\n-package echo\n+package echo // x\n",
		"solutions/05-echo/testdata/wrong/odd-only.patch:1: the header lacks \"Seen:\": add it\n" +
			"solutions/05-echo/testdata/wrong/odd-only.patch:1: the header lacks \"Caught by:\": add it\n" +
			"solutions/05-echo/testdata/wrong/odd-only.patch:1: the header lacks \"Say:\": add it\n" +
			"solutions/05-echo/testdata/wrong/odd-only.patch: solutions/05-echo/testdata/wrong/odd-only.go is the same mistake: remove one of them"},
	{"solutions/05-echo/testdata/right/switch.go", "// With a switch.", "", "solutions/05-echo/testdata/right/switch.go:1: begin with a comment that says in one sentence what this file is"},
}

func TestProblems(t *testing.T) {
	for _, p := range problems {
		err := check(repo(t, [3]string{p.file, p.old, p.text}))
		got := ""
		if err != nil {
			got = err.Error()
		}
		wanted := strings.Split(p.want, "\n")
		lines := strings.Split(got, "\n")
		if len(lines) != len(wanted) {
			t.Errorf("%s, %q:\ngot  %s\nwant %s", p.file, p.old, got, p.want)
			continue
		}
		for i, want := range wanted {
			if !strings.HasPrefix(lines[i], want) || want == "" && got != "" {
				t.Errorf("%s, %q:\ngot  %s\nwant %s", p.file, p.old, lines[i], want)
			}
		}
	}
}

// go test runs test files by name, so a learner would meet R6 before R1.
func TestOrderOfFiles(t *testing.T) {
	root := repo(t, [3]string{readmeMD, "- **R5** five comes back\n", "- **R5** five comes back\n- **R6** six comes back\n"})
	change(t, root+"/exercises/05-echo/again_test.go", "", `package echo_test

import (
	"testing"

	"socketkata/harness/peer"
)

func TestSix(t *testing.T) {
	peer.Run(t, "R6: six comes back", func(b *peer.Bench) {}, peer.Memory)
}
`)
	want := "exercises/05-echo/again_test.go:10: R6 runs before echo_test.go, which tests the requirement before it"
	if err := check(root); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// check returns all that is wrong with a repository.
func check(root string) error {
	c, err := Open(root)
	problems := []error{err}
	for _, e := range c.Exercises {
		problems = append(problems, e.Check())
	}
	return errors.Join(problems...)
}

// A mistake that no longer applies is a maintainer's problem: a learner's verbs
// work without it.
func TestLoadLeavesOutStaleMistakes(t *testing.T) {
	c, err := Load(repo(t, [3]string{"solutions/05-echo/echo.go", "three", "drei"}))
	if err != nil {
		t.Fatal(err)
	}
	e := c.Exercises[0]
	if len(e.Mistakes) != 1 || e.Mistakes[0].Name != "odd-only" {
		t.Errorf("got %+v", e.Mistakes)
	}
	if err := e.Check(); err == nil || !strings.HasPrefix(err.Error(), wrongPatch) {
		t.Errorf("got %v", err)
	}
}

func TestNoExercise(t *testing.T) {
	for text, want := range map[string]string{
		"":         "list the exercises: ",
		"a file\n": "exercises: the folder holds no exercise",
	} {
		root := repo(t, [3]string{"exercises", "", ""})
		if text != "" {
			change(t, root+"/exercises/README.md", "", text)
		}
		if _, err := Load(root); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
