package watch

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// TestRunPanics brings a panic in a run's goroutine to the loop, which ends.
func TestRunPanics(t *testing.T) {
	t.Parallel()
	w := &watcher{Runner: &testrun.Runner{Screen: &terminal.Screen{}}}
	done := make(chan outcome, 1)
	w.run(t.Context(), nil, done)
	require.ErrorContains(t, (<-done).crash, "panic: ")
}
