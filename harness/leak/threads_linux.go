package leak

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// ThreadRuns reports whether any thread of the process but the calling one is
// on a processor or queued for one (proc_pid_stat(5), state R). It sees what a
// traceback does not: a thread whose system call is over, and which the busy
// machine has not resumed yet. It is false where threads cannot be seen.
func ThreadRuns() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := strconv.Itoa(syscall.Gettid())
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		if task.Name() == self {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc/self/task", task.Name(), "stat"))
		if err != nil {
			continue // it has ended
		}
		// The name before the state is in parentheses and may contain some.
		if rest := stat[bytes.LastIndexByte(stat, ')')+1:]; bytes.HasPrefix(rest, []byte(" R")) {
			return true
		}
	}
	return false
}
