package temporary

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain makes a folder and waits to be killed, if a test started it for that.
func TestMain(m *testing.M) {
	if parent := os.Getenv("KATA_TEMPORARY"); parent != "" {
		dir, err := Folder(parent, "killed")
		fmt.Println(dir, err)
		io.Copy(io.Discard, os.Stdin)
	}
	os.Exit(m.Run())
}

func TestKilledProcessLeavesNothing(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "a[b]")
	require.NoError(t, os.Mkdir(parent, 0o755))
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), "KATA_TEMPORARY="+parent)
	out, err := other.StdoutPipe()
	require.NoError(t, err)
	_, err = other.StdinPipe() // stays open
	require.NoError(t, err)
	require.NoError(t, other.Start())
	var left, said string
	_, err = fmt.Fscan(out, &left, &said)
	require.NoError(t, err)
	require.Equal(t, "<nil>", said)
	require.True(t, strings.HasPrefix(left, filepath.Join(parent, "kata-killed-")))
	foreign := filepath.Join(parent, "kata-of-a-person")
	require.NoError(t, os.Mkdir(foreign, 0o755))

	sweep(parent)
	require.DirExists(t, left, "it is new")
	long := time.Now().Add(-2 * settled)
	require.NoError(t, os.Chtimes(filepath.Join(left, inUse), long, long))
	sweep(parent)
	require.DirExists(t, left, "its process lives")
	require.NoError(t, other.Process.Kill())
	require.Error(t, other.Wait())

	dir, err := Folder(parent, "next")
	require.NoError(t, err)
	require.NoDirExists(t, left)
	require.DirExists(t, foreign)
	Remove(dir)
	require.NoDirExists(t, dir)
}
