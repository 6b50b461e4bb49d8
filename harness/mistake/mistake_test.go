package mistake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// TestMain leaves out the race detector, which makes what no test catches take
// twenty links.
func TestMain(m *testing.M) {
	os.Setenv("CGO_ENABLED", "0")
	os.Exit(m.Run())
}

// fixture unpacks the catalog's repository and returns its 05-echo.
func fixture(t *testing.T) *catalog.Exercise {
	t.Helper()
	archive, err := txtar.ParseFile("../catalog/testdata/repo.txtar")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, txtar.Write(archive, dir))
	// The fixture's bench reports over the real channel.
	require.NoError(t, os.CopyFS(filepath.Join(dir, "harness", "results"), os.DirFS("../results")))
	c, err := catalog.Open(dir)
	require.NoError(t, err)
	e, err := c.Find("05")
	require.NoError(t, err)
	require.NoError(t, e.Load())
	return e
}

// copyWith writes the reference with one text replaced, outside the repository.
func copyWith(t *testing.T, e *catalog.Exercise, old, text string) string {
	t.Helper()
	reference, err := os.ReadFile(e.Reference[0])
	require.NoError(t, err)
	require.Contains(t, string(reference), old)
	file := filepath.Join(t.TempDir(), "changed.go")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(reference), old, text, 1)), 0o644))
	return file
}

func silent(int, int) {}

// TestWrite makes a mistake and loads it again.
func TestWrite(t *testing.T) {
	t.Parallel()
	e := fixture(t)
	last := 0
	r, err := Write(t.Context(), e, "four-is-for", copyWith(t, e, `"four"`, `"for"`), func(done, all int) {
		require.Equal(t, last+1, done)
		require.Equal(t, runs, all)
		last = done
	})
	require.NoError(t, err)
	require.Equal(t, runs, last)
	require.Equal(t, 2, r.Changed)
	text, err := os.ReadFile(r.File)
	require.NoError(t, err)
	require.Equal(t, `TO BE WRITTEN: what the code does wrong, in one sentence.

Seen: TO BE WRITTEN
Caught by: `+r.CaughtBy+`
Shows: the test's own words
Say: TO BE WRITTEN

--- echo.go
+++ echo.go
@@ -3,4 +3,4 @@
 // Answer returns the word for n.
 func Answer(n int) string {
-	return [...]string{"zero", "one", "two", "three", "four", "five"}[n]
+	return [...]string{"zero", "one", "two", "three", "for", "five"}[n]
 }
`, string(text))
	require.NoError(t, e.Load())
	require.Len(t, e.Mistakes, 3)
	require.Equal(t, []string{"R4"}, e.Mistakes[1].Requirements)

	_, err = Write(t.Context(), e, "four-is-for", copyWith(t, e, `"four"`, `"for"`), silent)
	require.EqualError(t, err, "solutions/05-echo/testdata/wrong/four-is-for.patch is there already: choose another name or remove it")
}

// TestWriteRefuses writes nothing for what is no mistake.
func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ name, old, text, want string }{
		"no name":          {"Four", `"four"`, `"for"`, `"Four" is no name of a mistake`},
		"a folder":         {"../four", `"four"`, `"for"`, `"../four" is no name of a mistake`},
		"a taken name":     {"odd-only", `"four"`, `"for"`, "solutions/05-echo/testdata/wrong/odd-only.go is there already"},
		"equal":            {"equal", `"four"`, `"four"`, "changed.go equals the reference: put the mistake into it first"},
		"known":            {"again", `"three"`, `""`, "changed.go is the mistake solutions/05-echo/testdata/wrong/forgets-three.patch: it is known already"},
		"no Go":            {"no-go", "func Answer(n int)", "func Answer(n int", "changed.go:4: "},
		"does not compile": {"undefined", `"four"`, `four`, "changed.go does not compile:\n"},
		"not caught":       {"zero", `"zero"`, `"nought"`, "no requirement fails in 20 runs: first give a test a step that catches the mistake"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := fixture(t)
			_, err := Write(t.Context(), e, c.name, copyWith(t, e, c.old, c.text), silent)
			require.ErrorContains(t, err, c.want)
			require.NoError(t, e.Load())
			require.Len(t, e.Mistakes, 2, "something was written")
		})
	}
}

// TestCompileErrorsNameTheLine shows the compiler's own line.
func TestCompileErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	e := fixture(t)
	_, err := Write(t.Context(), e, "undefined", copyWith(t, e, `"four"`, `four`), silent)
	require.ErrorContains(t, err, "changed.go:5:")
	require.ErrorContains(t, err, "undefined: four")
}
