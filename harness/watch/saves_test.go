package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// A folder is an exercise's folder that a test edits.
type folder struct {
	t   *testing.T
	dir string
	*saves
}

func newFolder(t *testing.T) *folder {
	t.Parallel()
	f := &folder{t: t, dir: t.TempDir()}
	f.write("echo.go", "package echo\n")
	f.write("echo_test.go", "package echo_test\n")
	f.saves = watchFiles((&catalog.Exercise{Dir: f.dir}).LearnerFiles)
	f.still()
	return f
}

func (f *folder) write(name, text string) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644))
}

// still looks until no look reads any more, and wants no change.
func (f *folder) still() {
	f.t.Helper()
	for range 2 * rereads {
		require.Empty(f.t, f.poll())
	}
	require.Zero(f.t, f.left)
}

func TestSaveCountsAtTheSecondLook(t *testing.T) {
	f := newFolder(t)
	f.write("echo.go", "package echo // better\n")
	require.Empty(t, f.poll())
	require.Equal(t, []string{"echo.go"}, f.poll())
	f.still()
}

func TestHalfWrittenFileIsLeftAlone(t *testing.T) {
	f := newFolder(t)
	f.write("echo.go", "")
	require.Empty(t, f.poll())
	f.write("echo.go", "package ec")
	require.Empty(t, f.poll())
	f.write("echo.go", "package echo // whole\n")
	require.Empty(t, f.poll())
	require.Equal(t, []string{"echo.go"}, f.poll())
	f.still()
}

func TestSaveByRename(t *testing.T) {
	f := newFolder(t)
	f.write(".echo.go.swp", "an editor's own")
	f.write("4913", "an editor's probe")
	require.NoError(t, os.Rename(filepath.Join(f.dir, "echo.go"), filepath.Join(f.dir, "echo.go~")))
	require.Empty(t, f.poll())
	f.write("echo.go", "package echo // renamed\n")
	require.Empty(t, f.poll())
	require.Equal(t, []string{"echo.go"}, f.poll())
	f.still()
}

func TestSameTextIsNoSave(t *testing.T) {
	f := newFolder(t)
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(f.dir, "echo.go"), later, later))
	f.still()
}

// Some file systems count their times in steps of seconds.
func TestSecondSaveOfTheSameLengthAndTime(t *testing.T) {
	f := newFolder(t)
	path := filepath.Join(f.dir, "echo.go")
	then := time.Now().Truncate(time.Second)
	f.write("echo.go", "package echo // 1\n")
	require.NoError(t, os.Chtimes(path, then, then))
	f.poll()
	require.Equal(t, []string{"echo.go"}, f.poll())
	f.write("echo.go", "package echo // 2\n")
	require.NoError(t, os.Chtimes(path, then, then))
	require.Empty(t, f.poll())
	require.Equal(t, []string{"echo.go"}, f.poll())
	f.still()
}

func TestFilesComeAndGo(t *testing.T) {
	f := newFolder(t)
	require.Len(t, f.saved, 1)
	f.write("conn.go", "package echo\n")
	f.write("extra_test.go", "package echo\n")
	f.write("notes.md", "not Go\n")
	f.poll()
	require.Equal(t, []string{"conn.go"}, f.poll())
	require.Len(t, f.saved, 2)
	require.NoError(t, os.Remove(filepath.Join(f.dir, "conn.go")))
	f.poll()
	require.Equal(t, []string{"conn.go"}, f.poll())
	require.Len(t, f.saved, 1)
	require.NoError(t, os.Remove(filepath.Join(f.dir, "echo.go")))
	f.poll()
	require.Equal(t, []string{"echo.go"}, f.poll())
	f.still()
}
