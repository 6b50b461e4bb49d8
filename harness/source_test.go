package harness_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// Sizes that keep the source livable.
const (
	fileLines     = 300
	functionLines = 40
	// A package is to have about 2,000 lines; the rest is margin, so that a
	// repair need not wait for a redesign.
	packageLines = 2200
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

// TestBudgets keeps files, functions and packages short. It lists all that are
// too long.
func TestBudgets(t *testing.T) {
	t.Parallel()
	sizes := make(map[string]int) // lines of each package
	goFiles(t, func(file string, text []byte) {
		lines := strings.Count(string(text), "\n")
		assert.LessOrEqual(t, lines, fileLines, "split %s: one idea per file", file)
		if strings.Contains(file, "testdata/") || strings.HasSuffix(file, "_test.go") {
			return
		}
		sizes[path.Dir(file)] += lines
		for name, lines := range functions(t, file, text) {
			assert.LessOrEqual(t, lines, functionLines, "split %s of %s", name, file)
		}
	})
	for dir, lines := range sizes {
		assert.LessOrEqual(t, lines, packageLines, "split package %s: one job, which its name says", dir)
	}
}

// functions returns how many lines the functions of a file have.
func functions(t *testing.T, file string, text []byte) map[string]int {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, 0)
	require.NoError(t, err)
	lines := make(map[string]int)
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			n := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line
			lines[f.Name.Name] = max(lines[f.Name.Name], n)
		}
	}
	return lines
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

// TestNothingIsMadeBeforeTheTests keeps tests of exercises from making something
// large when their package is initialized: each process of the exam has a hundred
// copies of the package.
func TestNothingIsMadeBeforeTheTests(t *testing.T) {
	t.Parallel()
	goFiles(t, func(path string, text []byte) {
		if !strings.HasPrefix(path, "exercises/") || !strings.HasSuffix(path, "_test.go") {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if d, ok := d.(*ast.GenDecl); ok {
				require.False(t, repeats(d), "%s makes a large variable that most processes do not use: wrap it in sync.OnceValue", path)
			}
		}
	})
}

// repeats reports whether a declaration calls Repeat, of package bytes, strings
// or slices, outside a function.
func repeats(d *ast.GenDecl) (found bool) {
	ast.Inspect(d, func(n ast.Node) bool {
		call, ok := n.(*ast.SelectorExpr)
		found = found || ok && call.Sel.Name == "Repeat"
		_, function := n.(*ast.FuncLit)
		return !function
	})
	return found
}

// TestVet runs go vet for the platforms of the learners.
func TestVet(t *testing.T) {
	wholeOnly(t, func(t *testing.T) {
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
	})
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
			require.Contains(t, []string{"exercises", "solutions", "harness", "go.mod", "go.sum", "Makefile", "README.md", "findings"}, e.Name(),
				"move %s: this is not part of the top level", e.Name())
		}
	}
}
