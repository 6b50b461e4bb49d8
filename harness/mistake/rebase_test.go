package mistake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// change replaces a text of the fixture's reference.
func change(t *testing.T, e *catalog.Exercise, old, text string) {
	t.Helper()
	have, err := os.ReadFile(e.Reference[0])
	require.NoError(t, err)
	require.Contains(t, string(have), old)
	require.NoError(t, os.WriteFile(e.Reference[0], []byte(strings.Replace(string(have), old, text, 1)), 0o644))
}

// TestRebase writes a patch again whose context has changed.
func TestRebase(t *testing.T) {
	e := fixture(t)
	written, err := Rebase(e)
	require.NoError(t, err)
	require.Empty(t, written, "nothing has changed")

	change(t, e, "// Answer returns the word for n.", "// Answer says n.\n// It panics for 6.")
	require.ErrorContains(t, e.Check(), "hunk 1 does not apply")
	written, err = Rebase(e)
	require.NoError(t, err)
	file := filepath.Join(e.SolutionDir, "testdata", "wrong", "forgets-three.patch")
	require.Equal(t, []string{file}, written)
	require.NoError(t, e.Check())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "Say: three comes after two.\n\n--- echo.go\n+++ echo.go\n@@ -4,4 +4,4 @@\n // It panics for 6.\n")
}

// TestRebaseListsWhatIsLeft leaves alone what it cannot place.
func TestRebaseListsWhatIsLeft(t *testing.T) {
	e := fixture(t)
	file := filepath.Join(e.SolutionDir, "testdata", "wrong", "forgets-three.patch")
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	change(t, e, `"zero"`, `"nought"`)
	written, err := Rebase(e)
	require.EqualError(t, err, "solutions/05-echo/testdata/wrong/forgets-three.patch:12: hunk 1 does not apply: its old lines are not in echo.go")
	require.Empty(t, written)
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

// TestRebaseNamesWhatIsNoPatch goes on to the next one.
func TestRebaseNamesWhatIsNoPatch(t *testing.T) {
	e := fixture(t)
	require.NoError(t, os.WriteFile(filepath.Join(e.SolutionDir, "testdata", "wrong", "broken.patch"), []byte("What.\n"), 0o644))
	_, err := Rebase(e)
	require.ErrorContains(t, err, "broken.patch:1: the diff is empty")
}

// TestRebaseOntoTheMistake is for a reference that makes the mistake itself.
func TestRebaseOntoTheMistake(t *testing.T) {
	e := fixture(t)
	file := filepath.Join(e.SolutionDir, "testdata", "wrong", "forgets-three.patch")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	same := strings.Replace(string(text), `"two", "", "four"`, `"two",  "three", "four"`, 1)
	require.NoError(t, os.WriteFile(file, []byte(same), 0o644))
	_, err = Rebase(e)
	require.ErrorContains(t, err, "forgets-three.patch:1: the reference has this mistake now: remove one of them")
}
