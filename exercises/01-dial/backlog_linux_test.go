package dial_test

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

// fullBacklog returns the address of a listener whose backlog is full: Linux
// drops the SYN of a dial, which gets no answer. The address is empty if this
// kernel does not show how full a backlog is.
func fullBacklog(b *peer.Bench) (addr string, end func()) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	b.NoError("the bench listens", err)
	raw, err := ln.(syscall.Conn).SyscallConn()
	b.NoError("the listener has a descriptor", err)
	end = func() { ln.Close() }
	if err := setBacklog(raw, 0); err != nil {
		return "", end
	}
	if _, err := inBacklog(raw); err != nil {
		return "", end
	}
	client, err := net.Dial("tcp", ln.Addr().String()) // the only one there is room for
	b.NoError("the bench dials", err)
	b.Until("a client waits in the backlog", func() bool { n, _ := inBacklog(raw); return n == 1 })
	return ln.Addr().String(), func() { client.Close(); ln.Close() }
}

// setBacklog changes the length of a listener's backlog by a second listen(2).
func setBacklog(raw syscall.RawConn, n int) (err error) {
	failed := raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), n) })
	if failed != nil {
		return failed
	}
	return err
}

// inBacklog returns how many clients wait in a listener's backlog.
func inBacklog(raw syscall.RawConn) (n int, err error) {
	failed := raw.Control(func(fd uintptr) {
		var info *unix.TCPInfo
		if info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = int(info.Unacked) // that is its meaning for a listener; see tcp_get_info
		}
	})
	if failed != nil {
		return 0, failed
	}
	return n, err
}
