//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// class puts the submissions of four students into the folder in: right, wrong,
// not compiling, panicking.
func (r repo) class() {
	r.t.Helper()
	for name, body := range map[string]string{
		"ana": `return [...]string{"zero", "one", "two", "three", "four", "five"}[n]`,
		"bo":  `return "one"`,
		"cem": `return`,
		"dan": `panic("five")`,
	} {
		dir := filepath.Join(r.root, "in", name, "05-echo")
		require.NoError(r.t, os.MkdirAll(dir, 0o755))
		text := "package echo\n\nfunc Answer(n int) string { " + body + " }\n"
		require.NoError(r.t, os.WriteFile(filepath.Join(dir, "echo.go"), []byte(text), 0o644))
	}
}

func (r repo) book(out string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.root, out, "book.json"))
	require.NoError(r.t, err)
	return string(text)
}

// finish runs kata to its end and returns what it printed.
func (r repo) finish(args ...string) string {
	r.t.Helper()
	out, err := r.command("kata", args...).CombinedOutput()
	require.NoError(r.t, err, "%s", out)
	return string(out)
}

// TestKilledGrading kills runs with SIGKILL after each unit, and a shard. What
// was judged is not judged again, and the book has the same bytes as that of a
// run that nobody disturbed.
func TestKilledGrading(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.class()
	r.finish("grade", "-sandbox=none", "in", "whole", "5")
	for n := range 3 {
		d := plainly(t, r.command("kata", "grade", "-sandbox=none", "in", "killed", "5"))
		d.expect(fmt.Sprintf("1/%d  05-echo", 4-n))
		require.NoError(t, d.cmd.Process.Kill())
		d.gone()
		require.NoFileExists(t, filepath.Join(r.root, "killed", "book.json"))
	}
	require.Contains(t, r.finish("grade", "-sandbox=none", "in", "killed", "5"), "3 answers judged before, under the same conditions; 1 left\n")
	require.Equal(t, r.book("whole"), r.book("killed"))

	r.finish("grade", "-sandbox=none", "-shard=1/2", "in", "shards", "5")
	d := plainly(t, r.command("kata", "grade", "-sandbox=none", "-shard=2/2", "in", "shards", "5"))
	d.expect("1/2  05-echo")
	require.NoError(t, d.cmd.Process.Kill())
	d.gone()
	require.Error(t, r.command("kata", "grade", "merge", "shards").Run())
	require.Contains(t, r.finish("grade", "-sandbox=none", "-shard=2/2", "in", "shards", "5"), "1 answer judged before, under the same conditions; 1 left\n")
	r.finish("grade", "merge", "shards")
	require.Equal(t, r.book("whole"), r.book("shards"))
}

func TestInterruptedGrading(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.class()
	d := plainly(t, r.command("kata", "grade", "-sandbox=none", "in", "out", "5"))
	d.expect("1/4  05-echo  ana")
	busy, err := r.command("kata", "grade", "-sandbox=none", "in", "out", "5").CombinedOutput()
	require.Error(t, err)
	require.Equal(t, "kata: another kata grade writes to out: wait until it has ended\n", string(busy))
	require.NoError(t, d.cmd.Process.Signal(os.Interrupt))
	d.expect("of 4; the same command continues there\n")
	d.ends(130)
	require.Contains(t, r.finish("grade", "-sandbox=none", "in", "out", "5"), "judged before, under the same conditions")
}

// TestFullDisk grades onto a disk without room, and again once there is some.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 || exec.Command("unshare", "-m", "true").Run() != nil {
		t.Skip("only root can mount a small disk, with unshare and mount")
	}
	r := newRepo(t)
	r.class()
	require.NoError(t, os.Mkdir(filepath.Join(r.root, "out"), 0o755))
	out, err := r.command("unshare", "-m", "sh", "-c", `
		mount -t tmpfs -o size=8k tmpfs out || exit 9
		kata grade -sandbox=none in out 5
		echo status $?
		find out -name '.kata-*.tmp'
		mount -o remount,size=10m out && kata grade -sandbox=none in out 5 && cp out/book.json full.json`).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, `kata: write the results: .*: no space left on device\nstatus 3\n`, string(out))
	require.NotContains(t, string(out), ".tmp\n", "nothing half written stays")
	require.Contains(t, string(out), "judged before, under the same conditions")
	r.finish("grade", "-sandbox=none", "in", "roomy", "5")
	full, err := os.ReadFile(filepath.Join(r.root, "full.json"))
	require.NoError(t, err)
	require.Equal(t, r.book("roomy"), string(full))
	require.Positive(t, strings.Count(string(full), `"state"`))
}
