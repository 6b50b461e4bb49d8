package pollecho_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A thread is one thread of this process, with the files of proc(5) that show
// what it is doing. The files stay open, because a test may use up all
// descriptors.
type thread struct {
	id                 int
	call, status, time *os.File // nil if there is no such file
}

// thisThread returns the calling thread.
func thisThread() *thread {
	t := &thread{id: syscall.Gettid()}
	t.call, _ = os.Open(fmt.Sprintf("/proc/self/task/%d/syscall", t.id))
	t.status, _ = os.Open(fmt.Sprintf("/proc/self/task/%d/status", t.id))
	t.time, _ = os.Open(fmt.Sprintf("/proc/self/task/%d/schedstat", t.id))
	return t
}

func (t *thread) close() {
	t.call.Close()
	t.status.Close()
	t.time.Close()
}

// ran returns the CPU time of the thread, or 0 if it is not visible.
func (t *thread) ran() time.Duration {
	first, _, _ := strings.Cut(content(t.time), " ")
	ns, _ := strconv.ParseInt(first, 10, 64)
	return time.Duration(ns)
}

// sleep returns a number that differs for each sleep of the thread. It is empty
// while the thread runs or waits for a CPU. known is false if that state or the
// CPU time is not visible.
func (t *thread) sleep() (number string, known bool) {
	call := content(t.call)
	if known = call != "" && t.ran() > 0; strings.HasPrefix(call, "running") {
		return "", known
	}
	return t.switches(), known
}

// interrupt sends the thread a signal that the Go runtime handles and ignores.
// A poll in progress in that thread fails with EINTR.
func (t *thread) interrupt() { syscall.Tgkill(syscall.Getpid(), t.id, syscall.SIGURG) }

// nap reports whether the thread sleeps in poll or ppoll, as far as that is
// visible. The nap's number is the thread's count of voluntary context switches.
func (t *thread) nap() (n nap, asleep bool) {
	before := t.switches()
	asleep, timeout := inPoll(strings.Fields(content(t.call)))
	if !asleep || before == "" || t.switches() != before {
		return nap{}, false
	}
	return nap{number: before, timeout: timeout}, true
}

func (t *thread) switches() string {
	_, counts, _ := strings.Cut(content(t.status), "\nvoluntary_ctxt_switches:")
	return counts
}

// inPoll reads the words of /proc/PID/task/TID/syscall: the number of the
// system call in which a thread sleeps, and the call's arguments. The third is
// the timeout, for poll in milliseconds and for ppoll a pointer.
func inPoll(call []string) (isPoll bool, d timeout) {
	if len(call) < 4 {
		return false, none // the thread is running
	}
	third, err := strconv.ParseUint(call[3], 0, 64)
	switch {
	case err != nil:
		return false, none
	case call[0] == strconv.Itoa(unix.SYS_PPOLL):
		isPoll, d = true, "a timeout"
		if third == 0 {
			d = none
		}
	case call[0] == "7" && runtime.GOARCH == "amd64": // poll, which newer architectures lack
		isPoll, d = true, none
		if ms := int32(third); ms >= 0 {
			d = timeout(fmt.Sprintf("%d ms", ms))
		}
	}
	return isPoll, d
}

// content reads a file of proc(5) from the start.
func content(f *os.File) string {
	text := make([]byte, 4<<10)
	n, _ := f.ReadAt(text, 0)
	return string(text[:n])
}

// ends examines the conns of this process that have the given local port.
func (t *thread) ends(port int) (e ends) {
	files, _ := os.ReadDir("/proc/self/fd")
	for _, f := range files {
		fd, _ := strconv.Atoi(f.Name())
		own, err := syscall.Getsockname(fd)
		if in4, ok := own.(*syscall.SockaddrInet4); err != nil || !ok || in4.Port != port {
			continue
		}
		if _, err := syscall.Getpeername(fd); err == nil { // not the listener
			e.add(fd)
		}
	}
	return e
}

func (e *ends) add(fd int) {
	e.open++
	if n, err := unix.IoctlGetInt(fd, unix.SIOCINQ); err == nil && n > 0 {
		e.unread++
	}
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	if n, err := unix.Poll(poll, 0); err == nil && n > 0 {
		e.halfClosed++
	}
}
