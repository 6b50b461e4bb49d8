package wait

import (
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/leak"
	"socketkata/harness/slow"
	"socketkata/harness/subject"
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

// TestSystemCallsAreSampledOften checks that more samples are taken of a goroutine
// in a system call, which may be a busy loop.
func TestSystemCallsAreSampledOften(t *testing.T) {
	var pipe [2]int
	require.NoError(t, syscall.Pipe(pipe[:]))
	defer syscall.Close(pipe[0])
	w, _ := waiter()
	w.Subject = subject.Here("socketkata/harness/wait", subject.Before(), w.Changed)
	w.Subject.Call("Read", func() error {
		_, err := syscall.Read(pipe[0], make([]byte, 1))
		return err
	})
	defer syscall.Close(pipe[1]) // ends Read
	v := w.begin()
	sampled := func() bool {
		w.Changed.L.Lock()
		defer w.Changed.L.Unlock()
		return v.sample(v.moved)
	}
	for !sampled() { // until Read is in its system call
		time.Sleep(time.Millisecond)
	}
	now := v.next
	w.Changed.L.Lock()
	defer w.Changed.L.Unlock()
	v.vain(now)
	require.Equal(t, v.every/4, v.next.Sub(now))
}
