package harness_test

import (
	"bytes"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// Sizes a learner can take in at one sitting.
const (
	readmeLines      = 100
	coreLimit        = 6
	requirementLimit = 20
)

// TestContracts checks each exercise's README: it is short and its tiers are
// not too long. (That README, tests and hints carry the same requirements is
// checked by the catalog when it loads them.)
func TestContracts(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		lines := read(t, filepath.Join(e.Dir, "README.md"))
		require.LessOrEqual(t, len(lines), readmeLines, "shorten %s", e.Rel(e.Dir))
		require.LessOrEqual(t, len(e.Tier(catalog.Core)), coreLimit, "move a core requirement of %s to the hardened ones", e.Name)
		require.LessOrEqual(t, len(e.Requirements), requirementLimit, "%s has too many requirements", e.Name)
		var arenas []string
		for _, q := range e.Requirements {
			arenas = append(arenas, q.Arenas...)
		}
		slices.Sort(arenas)
		require.ElementsMatch(t, slices.Compact(arenas), e.Arenas, "the README of %s names other arenas than its tests use", e.Name)
		for i, q := range e.Requirements {
			require.LessOrEqual(t, len(q.Sentence), 90, "shorten the sentence of %s", q.ID)
			require.True(t, strings.HasSuffix(q.Test, "_"+q.ID), "name the test %s_%s, so that go test -run %s finds it", q.Test, q.ID, q.ID)
			if i > 0 && q.Tier == catalog.Core {
				require.Equal(t, catalog.Core, e.Requirements[i-1].Tier, "%s: core comes before hardened", q.ID)
			}
		}
	})
}

// link is a link of a Markdown text to a file of the repository.
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

// TestLinksLeadSomewhere follows the links between the texts of the repository.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	texts, err := filepath.Glob(filepath.Join(root, "exercises", "*", "*.md"))
	require.NoError(t, err)
	for _, name := range []string{"README.md", "exercises/README.md", "harness/README.md", ".github/CONTRIBUTING.md"} {
		texts = append(texts, filepath.Join(root, filepath.FromSlash(name)))
	}
	for _, text := range texts {
		for _, m := range link.FindAllStringSubmatch(strings.Join(read(t, text), "\n"), -1) {
			require.FileExists(t, filepath.Join(filepath.Dir(text), filepath.FromSlash(m[1])), "%s has a dead link", text)
		}
	}
}

// TestContractsLinkTheGlossary lets a learner look up a term from where it is used.
func TestContractsLinkTheGlossary(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		require.Contains(t, strings.Join(read(t, filepath.Join(e.Dir, "README.md")), "\n"), "(../README.md)",
			"link exercises/README.md from the README of %s", e.Name)
	})
}

// TestHintsGiveNothingAway checks that the first hint of a requirement names
// nothing that the solution declares or calls: a nudge is a question.
func TestHintsGiveNothingAway(t *testing.T) {
	word := regexp.MustCompile("`([^`]+)`|\\b[a-z]+\\.[A-Z]\\w+")
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		for _, q := range e.Requirements {
			require.Len(t, q.Hints, 3, "%s needs three hints: nudge, idea, shape", q.ID)
			require.Empty(t, word.FindString(q.Hints[0]), "the first hint of %s names code; ask a question instead", q.ID)
			for _, hint := range q.Hints {
				require.LessOrEqual(t, len(strings.Fields(hint)), 60, "shorten a hint of %s", q.ID)
			}
			for _, name := range identifiers(t, e) {
				require.NotContains(t, strings.FieldsFunc(q.Hints[0], notInName), name,
					"the first hint of %s names the solution's %s", q.ID, name)
			}
		}
	})
}

func notInName(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

// identifiers returns the names that the solution declares within functions
// and that are no English words: those with a capital inside or a digit.
func identifiers(t *testing.T, e *catalog.Exercise) []string {
	t.Helper()
	mixed := regexp.MustCompile(`^[a-z]+[A-Z0-9]\w*$`)
	var names []string
	for _, path := range e.Reference {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && mixed.MatchString(id.Name) {
				names = append(names, id.Name)
			}
			return true
		})
	}
	return names
}

// TestStubAndReferencePromiseTheSame compares what the stub and the reference
// export, and its documentation.
func TestStubAndReferencePromiseTheSame(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		require.Equal(t, promises(t, e.Stub), promises(t, e.Reference),
			"the stub's and the reference's exported declarations and their comments must be the same")
	})
}

// promises prints the exported declarations of the files, without bodies.
func promises(t *testing.T, paths []string) string {
	t.Helper()
	fset := token.NewFileSet()
	var out strings.Builder
	for _, path := range paths {
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		require.NoError(t, err)
		d, err := doc.NewFromFiles(fset, []*ast.File{file}, "x")
		require.NoError(t, err)
		out.WriteString(filepath.Base(path) + "\n" + d.Doc)
		for _, f := range d.Funcs {
			printDecl(t, &out, fset, f.Decl, f.Doc)
		}
		for _, v := range append(d.Consts, d.Vars...) {
			out.WriteString(strings.Join(v.Names, " ") + "\n" + v.Doc)
		}
		for _, ty := range d.Types {
			printDecl(t, &out, fset, ty.Decl, ty.Doc)
			for _, m := range append(ty.Funcs, ty.Methods...) {
				printDecl(t, &out, fset, m.Decl, m.Doc)
			}
			for _, v := range append(ty.Consts, ty.Vars...) {
				out.WriteString(strings.Join(v.Names, " ") + "\n" + v.Doc)
			}
		}
	}
	return out.String()
}

func printDecl(t *testing.T, out *strings.Builder, fset *token.FileSet, decl ast.Decl, text string) {
	t.Helper()
	if f, ok := decl.(*ast.FuncDecl); ok {
		f.Body = nil
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		if s, ok := n.(*ast.StructType); ok {
			s.Incomplete = false // unexported fields are the solution's own affair
		}
		return true
	})
	require.NoError(t, printer.Fprint(out, fset, decl))
	out.WriteString("\n" + text)
}

// TestExercisesAreUntouched checks that the files learners begin with are the
// stubs. On a learner's machine they are not for long, so only CI insists.
func TestExercisesAreUntouched(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		for _, stub := range e.Stub {
			file := filepath.Join(e.Dir, filepath.Base(stub))
			want, err := os.ReadFile(stub)
			require.NoError(t, err)
			got, err := os.ReadFile(file)
			if (err != nil || string(got) != string(want)) && os.Getenv("CI") == "" {
				t.Skipf("%s is a learner's work by now", e.Rel(file))
			}
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "%s is not the stub %s: copy one over the other", e.Rel(file), e.Rel(stub))
		}
	})
}

// TestMistakesAreWritten checks that no header still waits for its author: kata
// mistake leaves what only a person can say.
func TestMistakesAreWritten(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		for _, m := range e.Mistakes {
			for i, line := range read(t, m.File) {
				require.NotContains(t, line, catalog.Unwritten, "%s:%d: write this line", e.Rel(m.File), i+1)
			}
		}
	})
}

// TestFormatted runs gofmt over everything, the answers in testdata too.
func TestFormatted(t *testing.T) {
	t.Parallel()
	goFiles(t, func(path string, text []byte) {
		if strings.HasPrefix(path, "harness/") && strings.Contains(path, "/testdata/") {
			return // fixtures may be broken on purpose
		}
		formatted, err := format.Source(text)
		require.NoError(t, err, path)
		require.True(t, bytes.Equal(formatted, text), "gofmt -w %s", path)
	})
}

// TestPatchedCodeIsFormatted runs gofmt over what the patches make.
func TestPatchedCodeIsFormatted(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		for _, m := range e.Mistakes {
			for base, text := range m.Code {
				formatted, err := format.Source([]byte(text))
				require.NoError(t, err, "%s: %s", e.Rel(m.File), base)
				require.Equal(t, string(formatted), text, "%s makes of %s what gofmt would change", e.Rel(m.File), base)
			}
		}
	})
}
