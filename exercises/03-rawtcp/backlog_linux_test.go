package rawtcp_test

import (
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

// fullBacklog returns a listener with a backlog of 1 in which two clients wait,
// as many as Linux lets in. It drops the SYN of every other.
func fullBacklog(b *peer.Bench) listener {
	b.Helper()
	l := listen(b, 1)
	_, limit, known := backlogOf(l.fd)
	if !known {
		b.Skip("this kernel does not show how many clients wait in a backlog")
	}
	b.Equal("Listen4 passes its backlog to listen(2)", 1, limit)
	strict := listen(b, 0)
	defer unix.Close(strict.fd)
	_, limit, _ = backlogOf(strict.fd)
	b.Equal("Listen4 passes a backlog of 0 to listen(2)", 0, limit)
	b.Crowd(b.ServerAt("tcp", l.bound.String()), 2)
	b.Until("two clients wait in the backlog", func() bool {
		waiting, _, _ := backlogOf(l.fd)
		return waiting == 2
	})
	return l
}

// backlogOf returns how many clients wait in a listener's backlog, and the
// backlog that listen(2) was given.
func backlogOf(listenFD int) (waiting, limit int, known bool) {
	// Of a listener these two fields are about the backlog; see tcp_get_info.
	info, err := unix.GetsockoptTCPInfo(listenFD, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0, 0, false
	}
	return int(info.Unacked), int(info.Sacked), info.Sacked > 0
}

// expectNoneInherited looks at every descriptor of the process while Connect4
// waits, not only at the one that it returns later. l is any listener.
func expectNoneInherited(b *peer.Bench, l listener) {
	if _, _, known := backlogOf(l.fd); !known {
		return
	}
	full := fullBacklog(b)
	refuse := sync.OnceFunc(func() { unix.Close(full.fd) })
	defer refuse()
	before := inherited(nil)
	began := b.Elapsed()
	waiting := connecting(b, full.bound, patient)
	b.Until("Connect4 waits", func() bool { // with all its descriptors
		return b.Elapsed()-began >= 100*time.Millisecond && b.AtRest()
	})
	b.Until("a program can start while Connect4 waits: nothing holds syscall.ForkLock", canFork)
	b.Until("a program started while Connect4 waits inherits none of its descriptors", func() bool {
		if !syscall.ForkLock.TryLock() { // os/exec locks it to start a program
			return false
		}
		defer syscall.ForkLock.Unlock()
		return len(inherited(before)) == 0
	})
	refuse() // the next SYN
	if fd, err := waiting.Result("Connect4 returns when the kernel has refused its next SYN"); err == nil {
		unix.Close(fd)
	}
}

// inherited returns the descriptors that a program started now would get, besides
// some others.
func inherited(besides []int) (fds []int) {
	for fd := range 1 << 10 {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 && !slices.Contains(besides, fd) {
			fds = append(fds, fd)
		}
	}
	return fds
}

// hasUserTimeout reports whether a conn ends if its bytes are not acknowledged for
// some time, shorter than the kernel's own.
func hasUserTimeout(fd int) bool {
	ms, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	return err == nil && ms != 0
}
