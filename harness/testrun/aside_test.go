package testrun

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// TestAsideKeepsWhatWasSaved takes away, by hand, what aside is about
// to move. The run itself ends before it begins.
func TestAsideKeepsWhatWasSaved(t *testing.T) {
	t.Parallel()
	e := echo(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	aside := func(artifacts string, between func()) string {
		var said bytes.Buffer
		run := &Runner{&terminal.Screen{Out: writerFunc(between), Err: &said}}
		_, err := run.aside(ctx, e, judge.Learner(e), judge.Options{Artifacts: artifacts}, "")
		require.ErrorIs(t, err, context.Canceled)
		return said.String()
	}

	dir := t.TempDir()
	last, saved := filepath.Join(dir, "run"), filepath.Join(dir, "run", "saved")
	require.Regexp(t, `^kata: nothing of this run is saved: rename .*\n$`, aside(last, func() {}))

	require.NoError(t, os.Mkdir(last, 0o755))
	require.NoError(t, os.WriteFile(saved, []byte("before"), 0o644))
	require.Empty(t, aside(last, func() {}))
	require.FileExists(t, saved, "an interrupted run leaves what the one before saved")

	elsewhere := filepath.Join(dir, "elsewhere")
	require.Regexp(t, `^kata: what the run before saved is in .*run\.before: rename .*\n$`, aside(last, func() {
		require.NoError(t, os.Rename(last+".before", elsewhere))
	}))
	require.FileExists(t, filepath.Join(elsewhere, "saved"))
}

// A writerFunc is a standard output that does something at each write.
type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

func echo(t *testing.T) *catalog.Exercise {
	t.Helper()
	c, err := catalog.Open(".")
	require.NoError(t, err)
	e, err := c.Find("echo")
	require.NoError(t, err)
	require.NoError(t, e.Load())
	return e
}
