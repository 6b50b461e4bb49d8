package progress

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRenameNewTakesNoFilesPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	require.NoError(t, os.WriteFile(from, []byte("from"), 0o644))
	require.NoError(t, os.WriteFile(to, []byte("to"), 0o644))
	require.ErrorIs(t, renameNew(from, to), fs.ErrExist)
	kept, err := os.ReadFile(to)
	require.NoError(t, err)
	require.Equal(t, "to", string(kept))
}
