package handout

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// repository returns a copy of this repository as a maintainer has it, with one
// commit of all files.
func repository(t *testing.T) *catalog.Catalog {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	dir := t.TempDir()
	for _, part := range []string{"exercises", "solutions", "harness", ".vscode", ".devcontainer"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(root, part))))
	}
	for _, name := range []string{"README.md", "Makefile", "go.mod", "go.sum", ".gitignore"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		write(t, filepath.Join(dir, name), string(text))
	}
	write(t, filepath.Join(dir, "exercises", "05-echo", catalog.CatchFolder, "catch_test.go"), "package catch // mine")
	// What somebody has done to the exercises does not count.
	c := load(t, dir)
	for _, e := range c.Exercises {
		for _, stub := range e.Stub {
			text, err := os.ReadFile(stub)
			require.NoError(t, err)
			write(t, filepath.Join(e.Dir, filepath.Base(stub)), string(text))
		}
	}
	require.NoError(t, commit(t.Context(), dir))
	return c
}

func load(t *testing.T, dir string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(dir)
	require.NoError(t, err)
	return c
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func named(t *testing.T, c *catalog.Catalog, name string) *catalog.Exercise {
	t.Helper()
	e, err := c.Find(name)
	require.NoError(t, err)
	return e
}

// TestHandOutOfTwo makes a hand-out and works in it as a student does.
func TestHandOutOfTwo(t *testing.T) {
	t.Parallel()
	c := repository(t)
	echo, concurrent := named(t, c, "05"), named(t, c, "09")
	// The instructor has solved an exercise, and has more files than git knows.
	reference, err := os.ReadFile(echo.Reference[0])
	require.NoError(t, err)
	write(t, filepath.Join(echo.Dir, "echo.go"), string(reference))
	write(t, filepath.Join(echo.Dir, "mine_test.go"), "package echo_test\n")
	write(t, filepath.Join(echo.Dir, catalog.CatchFolder, "mine_test.go"), "package catch\n")
	write(t, filepath.Join(c.Root, ".kata", "kept", "echo.go"), string(reference))

	out := filepath.Join(t.TempDir(), "course", "week 1")
	files, err := Make(t.Context(), c, []*catalog.Exercise{echo, concurrent}, out)
	require.NoError(t, err)

	log, err := git(t.Context(), out, "log", "--format=%an: %s")
	require.NoError(t, err)
	require.Equal(t, "Socket Kata: Hand out the exercises\n", log, "the history is one commit")
	status, err := git(t.Context(), out, "status", "--short")
	require.NoError(t, err)
	require.Empty(t, status)
	names, err := tracked(t.Context(), out)
	require.NoError(t, err)
	require.Len(t, names, files)
	for _, name := range names {
		require.NotRegexp(t, `^solutions|^findings|^\.ci|^\.github|^\.kata|harness/(grade|exam|mistake|testdata)/|/(wrong|right)/|mine|harness/.*_test\.go$`,
			regexp.MustCompile(`^harness/peer/example_\w+_test\.go$`).ReplaceAllString(name, ""))
	}
	there := load(t, out)
	require.Len(t, there.Exercises, 2)
	for _, e := range there.Exercises {
		same(t, named(t, c, e.Name), e)
	}
	starter, err := os.ReadFile(filepath.Join(out, "exercises", "05-echo", catalog.CatchFolder, "catch_test.go"))
	require.NoError(t, err)
	own, err := os.ReadFile(echo.CatchStarter()[0])
	require.NoError(t, err)
	require.Equal(t, string(own), string(starter))
	linksWork(t, out)
	student(t, out)
}

// same wants an exercise of a hand-out to be that of the repository: its stub and
// its tests are those that the repository's exam has judged.
func same(t *testing.T, want, e *catalog.Exercise) {
	t.Helper()
	require.Len(t, e.LearnerFiles(), len(want.Stub))
	for _, stub := range want.Stub {
		text, err := os.ReadFile(stub)
		require.NoError(t, err)
		for _, dir := range []string{".", catalog.HandedStub} {
			got, err := os.ReadFile(filepath.Join(e.Dir, dir, filepath.Base(stub)))
			require.NoError(t, err)
			require.Equal(t, string(text), string(got))
		}
	}
	require.Equal(t, want.Requirements, e.Requirements)
	tests, err := filepath.Glob(filepath.Join(e.Dir, "*_test.go"))
	require.NoError(t, err)
	for _, test := range tests {
		got, err := os.ReadFile(test)
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(want.Dir, filepath.Base(test)))
		require.NoError(t, err)
		require.Equal(t, string(text), string(got))
	}
}

// linksWork wants the targets of links in Markdown files to exist.
func linksWork(t *testing.T, root string) {
	t.Helper()
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			require.FileExists(t, filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1])), "%s links to it", path)
		}
		return err
	}))
}

// student types what a README of a hand-out offers.
func student(t *testing.T, dir string) {
	t.Helper()
	kata := filepath.Join(t.TempDir(), "kata.exe")
	_, err := goCommand(t.Context(), dir, nil, "build", "-o", kata, "./"+command)
	require.NoError(t, err)
	says := func(status int, want string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), kata, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PWD="+dir, "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0", "EX=", "OUT=", "ALL=", "NO_COLOR=1")
		out, _ := cmd.CombinedOutput() // the status is compared
		require.Equal(t, status, cmd.ProcessState.ExitCode(), "%s", out)
		require.Contains(t, string(out), want)
	}
	says(0, "09 concurrent", "list")
	says(1, "not implemented yet, so this is meant to fail", "test")
	says(1, "it says:  ", "test", "09")
	says(0, "nudge", "hint", "05")
	says(0, "2 of 3; more: make hint EX=05", "hint", "05")
	says(0, "shape", "hint", "05")
	says(0, "You have seen every hint for R1.\n", "hint", "05")
	says(0, "report-05-echo.html", "report", "05")
	write(t, filepath.Join(dir, "exercises", "05-echo", "echo.go"), "package echo\n")
	says(0, "exercises/05-echo/echo.go is the stub again", "reset", "05")
	for _, verb := range onlySaySo {
		says(1, "the solutions are not part of this hand-out", verb, "05")
	}
	says(2, `no verb is called "handout"`, "handout")
	makefile, err := os.ReadFile(filepath.Join(dir, "Makefile"))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`'make (\w+)`).FindAllStringSubmatch(string(makefile), -1) {
		says(0, m[1], "help", m[1])
		require.NotContains(t, append(notThere, onlySaySo...), m[1])
	}
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	require.NoError(t, err)
	for _, untrue := range []string{"solutions/", "make verify", "harness/README.md", "CONTRIBUTING", "likely cause"} {
		require.NotContains(t, string(readme), untrue)
	}
	for _, m := range regexp.MustCompile("`make (\\w+)[^`]*` \\|").FindAllStringSubmatch(string(readme), -1) {
		require.NotContains(t, onlySaySo, m[1], "%s: no table offers what only says that it is not there", m[0])
	}
}

// TestAnswersDoNotLeak hides an answer in each kind of file.
func TestAnswersDoNotLeak(t *testing.T) {
	t.Parallel()
	c := repository(t)
	all, err := collect(t.Context(), c.Root, c.Exercises)
	require.NoError(t, err)
	require.NoError(t, leaks(c, c.Exercises, all), "a whole hand-out has nothing of an answer")
	for name, text := range all {
		if path.Ext(name) == ".md" || name == "Makefile" {
			require.NotContains(t, string(text), "solutions/", "%s: nothing refers to what is not there", name)
		}
	}

	echo := named(t, c, "05")
	reference, err := os.ReadFile(echo.Reference[0])
	require.NoError(t, err)
	mistake := echo.Mistakes[0].Code["echo.go"]
	for name, text := range map[string]string{
		"exercises/05-echo/echo.go":       string(reference),
		"exercises/05-echo/more.go":       mistake,
		"exercises/05-echo/data/note.txt": strings.ReplaceAll(string(reference), "\n", "  \r\n\t"),
		"harness/peer/more.go":            echo.Right[0].Code["echo.go"],
		"README.md":                       mistake,
	} {
		before := all[name]
		all[name] = []byte(text)
		require.ErrorContains(t, leaks(c, c.Exercises, all), name+" would give away lines of an answer (05-echo, ")
		all[name] = before
		if before == nil {
			delete(all, name)
		}
	}
	// Another exercise's answer is secret, even if that exercise is not handed out.
	all["README.md"] = []byte(named(t, c, "01").Right[0].Code["dial.go"])
	require.ErrorContains(t, leaks(c, []*catalog.Exercise{echo}, all), "(01-dial, ")
}

func TestExamplesNameAnExerciseThatIsThere(t *testing.T) {
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	dial := named(t, load(t, root), "01")
	texts := tree{}
	require.NoError(t, texts.addTexts(root, []*catalog.Exercise{dial}))
	for _, name := range []string{"README.md", "Makefile"} {
		require.NotContains(t, string(texts[name]), "EX=05")
		require.Contains(t, string(texts[name]), "make test EX=01")
	}
	require.Contains(t, string(texts["README.md"]), "| **Raw dial and listen** | `01-dial` |")
	require.NotContains(t, string(texts["README.md"]), "## Judge a server")
	require.NotContains(t, string(texts["README.md"]), "`02-listen`")
}

// TestPartOfTheLadder moves the name of a part to the first row that is left.
func TestPartOfTheLadder(t *testing.T) {
	t.Parallel()
	table := "| **Echo** | `05-echo` | a |\n| | `06-lines` | b |\n| | `07-frames` | c |"
	require.Equal(t, "| **Echo** | `06-lines` | b |\n| | `07-frames` | c |",
		ladder(table, []*catalog.Exercise{{Name: "06-lines"}, {Name: "07-frames"}}))
}
