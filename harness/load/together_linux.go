package load

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// together moves the calling goroutine and the process pid to one processor
// (sched_setaffinity(2)): on two, a single conn measures how long the system takes
// to wake the other one. Where that is not allowed, nothing moves. The goroutine's
// thread ends with it; apart gives the process its processors back.
func together(pid int) (apart func()) {
	var all, one unix.CPUSet
	if unix.SchedGetaffinity(pid, &all) != nil || all.Count() == 0 {
		return func() {}
	}
	for i := 0; one.Count() == 0; i++ {
		if all.IsSet(i) {
			one.Set(i)
		}
	}
	runtime.LockOSThread()
	unix.SchedSetaffinity(0, &one)
	move(pid, &one)
	return func() { move(pid, &all) }
}

// move has the threads of a process, and those that they start later, run on some
// processors.
func move(pid int, to *unix.CPUSet) {
	threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, t := range threads {
		if tid, err := strconv.Atoi(t.Name()); err == nil {
			unix.SchedSetaffinity(tid, to) // it may have ended
		}
	}
}
