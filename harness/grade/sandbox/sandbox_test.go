package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/hermetic"
)

func goCommand(t *testing.T) *hermetic.Go {
	t.Helper()
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	g, err := hermetic.New(t.Context(), root)
	require.NoError(t, err)
	return g
}

// opened returns a sandbox of a kind, and skips where it cannot work.
func opened(t *testing.T, kind Kind) *Box {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("sandboxes need Linux")
	}
	if _, err := exec.LookPath("bwrap"); kind == Bubblewrap && err != nil {
		t.Skip("bubblewrap is not installed")
	}
	b, err := Open(t.Context(), goCommand(t), kind)
	if errors.Is(err, ErrNoSandbox) && exec.CommandContext(t.Context(), "unshare", "-Ur", "true").Run() != nil {
		t.Skipf("user namespaces are refused here: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}

// Each defence is proven by an attempt to get past it.
func TestDefences(t *testing.T) {
	for _, kind := range []Kind{Bubblewrap, Namespaces} {
		t.Run(string(kind), func(t *testing.T) {
			for _, c := range opened(t, kind).Doctor(t.Context()) {
				t.Log(c)
				require.True(t, c.Works, c)
			}
		})
	}
}

// The same attempts succeed outside, so they are able to fail.
func TestAttemptsSucceedOutside(t *testing.T) {
	b := opened(t, Namespaces)
	secret, address, done, err := bait(b.dir)
	require.NoError(t, err)
	defer done()
	for _, probe := range []string{"dial=" + address, "read=" + secret, "list", "environ", "memory=64", "disk=0"} {
		out, err := exec.CommandContext(t.Context(), b.program(), "probe", probe).CombinedOutput()
		require.NoError(t, err, probe)
		require.NotEmpty(t, out, probe)
		require.NotEqual(t, "refused\n", string(out), probe)
	}
}

// TestEndsWithItsOwner: a grader that is killed leaves nothing running, although
// the parent of the sandbox's first process lives on.
func TestEndsWithItsOwner(t *testing.T) {
	for _, kind := range []Kind{Bubblewrap, Namespaces} {
		t.Run(string(kind), func(t *testing.T) {
			b := opened(t, kind)
			owner := exec.CommandContext(t.Context(), "cat")
			alive, err := owner.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, owner.Start())
			dir, err := Folder(b.dir, "owned")
			require.NoError(t, err)
			program := []string{"/probe", "probe"}
			command, err := b.Prepare(dir, "owned", Spec{Files: map[string]string{"/probe": b.program()}, Command: program, Limits: DefaultLimits()})
			require.NoError(t, err)
			text, err := os.ReadFile(command[2])
			require.NoError(t, err)
			mine, theirs := fmt.Sprintf(`"owner":%d`, os.Getpid()), fmt.Sprintf(`"owner":%d`, owner.Process.Pid)
			require.Contains(t, string(text), mine)
			require.NoError(t, os.WriteFile(command[2], []byte(strings.Replace(string(text), mine, theirs, 1)), 0o644))

			box := exec.CommandContext(t.Context(), command[0], append(command[1:], "wait")...)
			out, err := box.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, box.Start())
			require.NoError(t, alive.Close()) // cat ends
			require.NoError(t, owner.Wait())
			said, err := io.ReadAll(out) // until nothing in the sandbox holds it open
			require.NoError(t, err)
			require.Error(t, box.Wait())
			require.NotContains(t, string(said), "time limit")
		})
	}
}

func TestWithoutBubblewrap(t *testing.T) {
	opened(t, Namespaces) // or skip
	path, err := exec.LookPath("go")
	require.NoError(t, err)
	g := goCommand(t)
	t.Setenv("PATH", filepath.Dir(path))
	if _, err := exec.LookPath("bwrap"); err == nil {
		t.Skip("bubblewrap is in the folder of the go command")
	}
	b, err := Open(t.Context(), g, Auto)
	require.NoError(t, err)
	defer b.Close()
	require.Equal(t, Namespaces, b.Kind)
	require.Equal(t, "bubblewrap: the program bwrap is not in PATH", b.Why)
	_, err = Open(t.Context(), g, Bubblewrap)
	require.ErrorIs(t, err, ErrNoSandbox)
}

// TestWithoutUserNamespaces runs itself where the kernel refuses user
// namespaces, as it does in many containers.
func TestWithoutUserNamespaces(t *testing.T) {
	if os.Getenv("KATA_NO_NAMESPACES") != "" {
		b, err := Open(t.Context(), goCommand(t), Auto)
		require.ErrorIs(t, err, ErrNoSandbox)
		require.Nil(t, b)
		b, err = Open(t.Context(), goCommand(t), None)
		require.NoError(t, err)
		require.False(t, b.Doctor(t.Context())[0].Works)
		return
	}
	opened(t, Namespaces) // or skip
	if _, err := exec.LookPath("unshare"); err != nil {
		t.Skip("util-linux is not installed")
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c",
		`echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -test.run='^TestWithoutUserNamespaces$' -test.v`, os.Args[0])
	cmd.Env = append(os.Environ(), "KATA_NO_NAMESPACES=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "--- PASS: TestWithoutUserNamespaces")
}

func TestUnknownKind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sandboxes need Linux")
	}
	_, err := Open(t.Context(), goCommand(t), "bubblewarp")
	require.EqualError(t, err, `unknown sandbox "bubblewarp": auto, bubblewrap, namespaces or none`)
}
