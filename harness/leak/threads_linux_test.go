package leak

import (
	"os/exec"
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

// TestDescendantRuns sees that a process which a child has started is busy, and
// none once both have ended.
func TestDescendantRuns(t *testing.T) {
	child := exec.Command("sh", "-c", "sh -c 'while :; do :; done' & read line; kill $!")
	end, err := child.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	require.Eventually(t, DescendantRuns, 10*time.Second, time.Millisecond)
	require.True(t, ThreadRuns())
	require.Eventually(t, func() bool { return DescendantsCPUTime() > 0 }, time.Minute, time.Millisecond)
	end.Close()
	require.NoError(t, child.Wait())
	require.Eventually(t, func() bool { return !DescendantRuns() && DescendantsCPUTime() == 0 }, 10*time.Second, time.Millisecond)
}
