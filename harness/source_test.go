package harness_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// Sizes that keep the source livable.
const (
	fileLines     = 300
	functionLines = 40
	coreLines     = 5200 // of code in harness/{wire,memnet,fault,failure,leak,peer} together
)

// goFiles calls visit for every Go file below the root, with its path relative
// to the root. What learners edit is left out: it is theirs, and its first
// state is checked as the stub in solutions/.
func goFiles(t *testing.T, visit func(path string, text []byte)) {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		rel, _ := filepath.Rel(root, path)
		if strings.HasPrefix(rel, "exercises") && !strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		visit(filepath.ToSlash(rel), text)
		return err
	}))
}

// TestBudgets keeps files and functions short.
func TestBudgets(t *testing.T) {
	t.Parallel()
	core := 0
	goFiles(t, func(path string, text []byte) {
		lines := strings.Count(string(text), "\n")
		require.LessOrEqual(t, lines, fileLines, "split %s: one idea per file", path)
		if strings.Contains(path, "testdata/") || strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, dir := range []string{"wire", "memnet", "fault", "failure", "leak", "peer"} {
			if strings.HasPrefix(path, "harness/"+dir+"/") {
				core += codeLines(string(text))
			}
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				n := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line
				require.LessOrEqual(t, n, functionLines, "split %s of %s", f.Name.Name, path)
			}
		}
	})
	require.LessOrEqual(t, core, coreLines, "the harness core grows: what can go?")
}

// codeLines counts the lines that are neither blank nor comment alone.
func codeLines(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}

// TestNoSleepInExercises keeps waiting by the clock out of what learners read:
// the bench has steps that wait for what must happen.
func TestNoSleepInExercises(t *testing.T) {
	t.Parallel()
	goFiles(t, func(path string, text []byte) {
		if strings.HasPrefix(path, "exercises/") && strings.HasSuffix(path, "_test.go") {
			require.NotContains(t, string(text), "time.Sleep", "%s sleeps: wait for an event, or use b.Advance", path)
		}
	})
}

// TestVet runs go vet for the platforms of the learners.
func TestVet(t *testing.T) {
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	patterns := []string{"vet", "./harness/...", "./solutions/..."}
	if os.Getenv("CI") != "" { // elsewhere the exercises are a learner's work
		patterns = append(patterns, "./exercises/...")
	}
	for _, goos := range []string{"linux", "darwin", "windows", "freebsd"} {
		t.Run(goos, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "go", patterns...)
			cmd.Dir = root
			cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "GOOS=%s go vet\n%s", goos, out)
		})
	}
}

// TestTopLevel keeps the repository's first page as it is meant.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			require.Contains(t, []string{"exercises", "solutions", "harness", "go.mod", "go.sum", "Makefile", "README.md"}, e.Name(),
				"move %s: this is not part of the top level", e.Name())
		}
	}
}
