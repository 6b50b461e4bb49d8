//go:build unix

package terminal

import (
	"context"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhileHeard is not parallel: the signal is the whole process's.
func TestWhileHeard(t *testing.T) {
	err := WhileHeard(t.Context(), func(ctx context.Context) error {
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGPIPE))
		<-ctx.Done()
		return ctx.Err()
	})
	require.Equal(t, ErrNoReader, err)
	require.NoError(t, WhileHeard(t.Context(), func(context.Context) error { return nil }))
}
