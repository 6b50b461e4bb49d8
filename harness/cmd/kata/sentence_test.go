package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEverySentenceIsTested finds every sentence that kata can fail or warn
// with, and asks for a script that expects it, or a test where no script can
// go: a dialog, for example.
func TestEverySentenceIsTested(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	require.NoError(t, err)
	var tests []string
	for _, room := range rooms {
		found, err := filepath.Glob(filepath.Join(room, "*_test.go"))
		require.NoError(t, err)
		tests = append(tests, found...)
	}
	var expected strings.Builder // the patterns of all of them, with their escapes undone
	for _, script := range append(scripts, tests...) {
		text, err := os.ReadFile(script)
		require.NoError(t, err)
		expected.WriteString(strings.NewReplacer(`\`, "", "''", "'").Replace(string(text)))
	}
	sentences := sentences(t)
	require.NotEmpty(t, sentences)
	for place, sentence := range sentences {
		if untestable[sentence] != "" {
			continue
		}
		if fragment := longestFragment(sentence); len(fragment) > len(": ") && !strings.Contains(expected.String(), fragment) {
			t.Errorf("%s: no script of testdata/script expects %q", place, sentence)
		}
	}
}

// rooms are the packages whose sentences reach a learner through kata.
var rooms = []string{".", "../../compare", "../../exam", "../../guide", "../../play", "../../probe", "../../progress", "../../report", "../../terminal", "../../testrun", "../../watch"}

// untestable are sentences that no test can provoke, with the reason.
var untestable = map[string]string{
	"find the place of the report: %w":                                                   "the folder that kata was started in must go away while it runs: before, the repository is not found",
	"this terminal cannot read single keys: %v":                                          "a terminal that tells its settings and takes no others",
	"%w: start your server yourself and give its address: kata probe 127.0.0.1:35555 %s": "a system where a listener cannot be handed to another process: Windows",
}

// sentences returns the formats of all errors and warnings, by place.
func sentences(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	var files []string
	for _, room := range rooms {
		inside, err := filepath.Glob(filepath.Join(room, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, inside, room)
		files = append(files, inside...)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !slices.Contains([]string{"Usagef", "Errorf", "New", "Warn", "WarnOnce"}, called(call)) {
				return true
			}
			if text, ok := call.Args[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
				found[fset.Position(call.Pos()).String()], _ = strconv.Unquote(text.Value)
			}
			return true
		})
	}
	return found
}

// called is the name of the function, without its package.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

var formatVerb = regexp.MustCompile(`%[-+#0-9.\[\]]*[a-z]`)

// longestFragment returns the longest part of a format between its verbs.
func longestFragment(format string) string {
	return slices.MaxFunc(formatVerb.Split(format, -1), func(a, b string) int { return len(a) - len(b) })
}

func TestLongestFragment(t *testing.T) {
	t.Parallel()
	require.Equal(t, ": leave out ", longestFragment("%s takes %s: leave out %q"))
	require.Equal(t, "nothing", longestFragment("nothing"))
}
