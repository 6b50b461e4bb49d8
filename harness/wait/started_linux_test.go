package wait

import (
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/leak"
	"socketkata/harness/slow"
)

// TestStartedProcess: a process that the script has started and that wants a
// processor has the limit in processor time, like code of the script's own, and
// no more.
func TestStartedProcess(t *testing.T) {
	t.Setenv(slow.Variable, "0.1")
	w, _ := waiter()
	child := exec.Command("sh", "-c", "while :; do :; done")
	require.NoError(t, child.Start())
	defer child.Wait()
	defer child.Process.Kill()
	used := func() time.Duration {
		own, _ := leak.CPUTime()
		return own + leak.DescendantsCPUTime()
	}
	began := used()
	require.NotNil(t, w.Poll(func() bool { return false }))
	require.GreaterOrEqual(t, used()-began, w.Limit())
}
