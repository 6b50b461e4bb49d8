package leak

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestThreadRuns sees a thread that is busy, and none once all of them wait.
func TestThreadRuns(t *testing.T) {
	var over atomic.Bool
	ended := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		for !over.Load() {
			_ = len(ended)
		}
		close(ended)
	}()
	require.Eventually(t, ThreadRuns, 10*time.Second, time.Millisecond)
	over.Store(true)
	<-ended
	require.Eventually(t, func() bool { return !ThreadRuns() }, 10*time.Second, time.Millisecond)
}
