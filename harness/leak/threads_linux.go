package leak

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ThreadRuns reports whether any thread of this process but the calling one, or
// any thread of a process that it has started, is on a processor or queued for
// one (proc_pid_stat(5), state R). It sees what a traceback does not: a thread
// whose system call is over, and which the busy machine has not resumed yet, and
// a process that has not begun yet. It is false where threads cannot be seen.
func ThreadRuns() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := strconv.Itoa(syscall.Gettid())
	for _, task := range tasks("self") {
		if task != self && runs("self", task) {
			return true
		}
	}
	return DescendantRuns()
}

// DescendantRuns is [ThreadRuns] for processes that this one has started, and those
// that they have started.
func DescendantRuns() bool {
	return slices.ContainsFunc(descendants("self"), func(pid string) bool {
		return slices.ContainsFunc(tasks(pid), func(task string) bool { return runs(pid, task) })
	})
}

// DescendantsCPUTime returns how much processor time the processes have used
// that this one has started, and those that they have started, as far as they
// still exist. It is 0 where they cannot be seen.
func DescendantsCPUTime() (used time.Duration) {
	for _, pid := range descendants("self") {
		used += cpuTime(pid)
	}
	return used
}

// CPUTimeOf returns how much processor time another process has used, 0 where it
// is unknown.
func CPUTimeOf(pid int) time.Duration { return cpuTime(strconv.Itoa(pid)) }

func cpuTime(pid string) time.Duration {
	const perTick = time.Second / 100 // USER_HZ, which is 100 on every machine that Go runs on
	fields := stat(filepath.Join("/proc", pid))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * perTick
}

// descendants lists the processes that a process has started, theirs, and so on.
func descendants(pid string) (all []string) {
	for _, task := range tasks(pid) {
		children, _ := os.ReadFile(filepath.Join("/proc", pid, "task", task, "children"))
		for _, child := range strings.Fields(string(children)) {
			all = append(append(all, child), descendants(child)...)
		}
	}
	return all
}

func tasks(pid string) (all []string) {
	entries, _ := os.ReadDir(filepath.Join("/proc", pid, "task"))
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func runs(pid, task string) bool {
	fields := stat(filepath.Join("/proc", pid, "task", task))
	return len(fields) > 0 && fields[0] == "R"
}

// stat returns what the stat file in a folder says from the state on; nothing if
// the process or the thread has ended. The name before the state is in
// parentheses and may contain some.
func stat(dir string) []string {
	text, _ := os.ReadFile(filepath.Join(dir, "stat"))
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}
