package rawtcp_test

import (
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	rawtcp "socketkata/exercises/03-rawtcp"
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
	defer unix.Close(full.fd)
	before := inherited(nil)
	var more []int
	var returned atomic.Bool
	began := b.Elapsed()
	waiting := peer.Start(b, "Connect4", func() (int, error) {
		defer returned.Store(true)
		return rawtcp.Connect4(full.bound, 500*time.Millisecond)
	})
	b.Until("Connect4 waits", func() bool {
		early := b.Elapsed()-began < 100*time.Millisecond        // it may not have all its descriptors
		if early || !b.AtRest() || !syscall.ForkLock.TryLock() { // os/exec locks it to start a program
			return returned.Load()
		}
		defer syscall.ForkLock.Unlock()
		now := inherited(before)
		if returned.Load() { // and has closed its descriptors
			return true
		}
		more = now
		return len(more) == 0
	})
	b.Equal("a program started while Connect4 waits inherits none of its descriptors", 0, len(more))
	_, err := waiting.Result("Connect4 returns when its timeout has passed")
	b.ErrorIs("a full backlog does not answer", err, unix.ETIMEDOUT)
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
