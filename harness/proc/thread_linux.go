package proc

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// A Thread is one thread of this process, with the files of proc(5) that show
// what it is doing. The files stay open, because a test may use up all
// descriptors.
type Thread struct {
	id                         int
	call, status, time, memory *os.File // nil if there is no such file
}

// ThisThread returns the calling thread: of a goroutine that has called
// runtime.LockOSThread. The caller closes it; its other methods may be called
// from any goroutine.
func ThisThread() *Thread {
	t := &Thread{id: syscall.Gettid()}
	t.call, _ = os.Open(fmt.Sprintf("/proc/self/task/%d/syscall", t.id))
	t.status, _ = os.Open(fmt.Sprintf("/proc/self/task/%d/status", t.id))
	t.time, _ = os.Open(fmt.Sprintf("/proc/self/task/%d/schedstat", t.id))
	t.memory, _ = os.Open("/proc/self/mem")
	return t
}

// Close closes the files. From then on nothing is known of the thread.
func (t *Thread) Close() {
	t.call.Close()
	t.status.Close()
	t.time.Close()
	t.memory.Close()
}

// Ran returns the CPU time of the thread, or 0 if it is not visible.
func (t *Thread) Ran() time.Duration {
	first, _, _ := strings.Cut(content(t.time), " ")
	ns, _ := strconv.ParseInt(first, 10, 64)
	return time.Duration(ns)
}

// Sleep returns a number that differs for each sleep of the thread. It is empty
// while the thread runs or waits for a CPU. known is false if that state or the
// CPU time is not visible.
func (t *Thread) Sleep() (number string, known bool) {
	call := content(t.call)
	if known = call != "" && t.Ran() > 0; strings.HasPrefix(call, "running") {
		return "", known
	}
	return t.switches(), known
}

// Interrupt sends the thread a signal that the Go runtime handles and ignores. A
// poll in progress in that thread fails with EINTR.
func (t *Thread) Interrupt() { syscall.Tgkill(syscall.Getpid(), t.id, syscall.SIGURG) }

// Nap reports whether the thread sleeps in poll or ppoll, as far as that is
// visible, and in which of its naps. Two calls that return the same nap prove that
// the thread has not left poll in between.
func (t *Thread) Nap() (n Nap, asleep bool) {
	before := t.switches()
	asleep, timeout := t.inPoll(strings.Fields(content(t.call)))
	if !asleep || before == "" || t.switches() != before {
		return Nap{}, false
	}
	return Nap{Number: before, Timeout: timeout}, true
}

// switches is how often the thread has left a processor to wait.
func (t *Thread) switches() string {
	_, counts, _ := strings.Cut(content(t.status), "\nvoluntary_ctxt_switches:")
	return counts
}

// inPoll reads the words of /proc/PID/task/TID/syscall: the number of the
// system call in which a thread sleeps, and the call's arguments. The third is
// the timeout, for poll in milliseconds and for ppoll a pointer.
func (t *Thread) inPoll(call []string) (isPoll bool, d Timeout) {
	if len(call) < 4 {
		return false, NoTimeout // the thread is running
	}
	third, err := strconv.ParseUint(call[3], 0, 64)
	switch {
	case err != nil:
		return false, NoTimeout
	case call[0] == strconv.Itoa(syscall.SYS_PPOLL):
		isPoll, d = true, NoTimeout
		if third != 0 {
			d = t.timespec(int64(third))
		}
	case call[0] == "7" && runtime.GOARCH == "amd64": // poll, which newer architectures lack
		isPoll, d = true, NoTimeout
		if ms := int32(third); ms >= 0 {
			d = Timeout(fmt.Sprintf("%d ms", ms))
		}
	}
	return isPoll, d
}

// timespec reads the timeout at an address. The kernel changes it only when
// ppoll returns.
func (t *Thread) timespec(address int64) Timeout {
	var ts syscall.Timespec
	if _, err := t.memory.ReadAt((*[unsafe.Sizeof(ts)]byte)(unsafe.Pointer(&ts))[:], address); err != nil {
		return "a timeout"
	}
	return Timeout(fmt.Sprintf("%d ms", time.Duration(ts.Nano()).Milliseconds()))
}

// content reads a file of proc(5) from the start.
func content(f *os.File) string {
	text := make([]byte, 4<<10)
	n, _ := f.ReadAt(text, 0)
	return string(text[:n])
}
