package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/judge"
)

// TestJudgeAsideKeepsWhatWasSaved takes away, by hand, what judgeAside is about
// to move. The run itself ends before it begins.
func TestJudgeAsideKeepsWhatWasSaved(t *testing.T) {
	t.Parallel()
	e := find(t, "echo")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	aside := func(artifacts string, between func()) string {
		var said bytes.Buffer
		k := &kata{stdout: writerFunc(between), stderr: &said, getenv: func(string) string { return "" }}
		_, err := k.judgeAside(ctx, e, judge.Learner(e), judge.Options{Artifacts: artifacts}, "")
		require.ErrorIs(t, err, context.Canceled)
		return said.String()
	}

	dir := t.TempDir()
	run, saved := filepath.Join(dir, "run"), filepath.Join(dir, "run", "saved")
	require.Regexp(t, `^kata: nothing of this run is saved: rename .*\n$`, aside(run, func() {}))

	require.NoError(t, os.Mkdir(run, 0o755))
	require.NoError(t, os.WriteFile(saved, []byte("before"), 0o644))
	require.Empty(t, aside(run, func() {}))
	require.FileExists(t, saved, "an interrupted run leaves what the one before saved")

	elsewhere := filepath.Join(dir, "elsewhere")
	require.Regexp(t, `^kata: what the run before saved is in .*run\.before: rename .*\n$`, aside(run, func() {
		require.NoError(t, os.Rename(run+".before", elsewhere))
	}))
	require.FileExists(t, filepath.Join(elsewhere, "saved"))
}

// A writerFunc is a standard output that does something at each write.
type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}
