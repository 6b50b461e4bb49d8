package safefile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "book.json")
	require.NoError(t, Write(file, []byte("old")))
	require.NoError(t, Write(file, []byte("new")))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "new", string(text))
	requireNames(t, dir, "book.json")
}

// TestFailedWrite checks that what was there stays, with nothing beside it.
func TestFailedWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	require.NoError(t, os.MkdirAll(filepath.Join(taken, "inside"), 0o755))
	require.Error(t, Write(taken, []byte("new")), "a folder is in the place of the file")
	requireNames(t, dir, "taken")
	require.DirExists(t, filepath.Join(taken, "inside"))
	require.Error(t, Write(filepath.Join(dir, "none", "book.json"), nil))
}

func requireNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.Equal(t, want, names)
}
