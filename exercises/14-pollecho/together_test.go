//go:build unix

package pollecho_test

import (
	"net/netip"
	"runtime"
	"syscall"

	"socketkata/harness/peer"
)

// leaveTogether has clients leave and others come while Run is between two
// calls of poll, so that the next one reports all of them at once. leave makes a
// client leave. Whether Run gets a processor too early is up to the system, so
// this is repeated until it did not.
func leaveTogether(b *peer.Bench, leave func(*peer.Peer)) {
	for range 50 {
		if leaveInOneTurn(b, leave) {
			return
		}
	}
}

// leaveInOneTurn reports whether all had left before Run handled any of it. Of
// each three clients in a row, the last one stays. As many come as have left, so
// the free numbers below theirs are those that Run closes.
func leaveInOneTurn(b *peer.Bench, leave func(*peer.Peer)) (together bool) {
	const n = 10
	server, loop := start(b, usual)
	crowd := b.Crowd(server, 3*n)
	crowd.Each(func(_ int, client *peer.Peer) { rounds(client, 1) })
	if b.Goroutines() > 1 {
		return true // several goroutines have no turn in common
	}
	held := socketsAt(loop.port)
	var late []int
	atOnce(func() {
		leave(crowd[0]) // ends the poll in which Run sleeps
		for i, client := range crowd[1:] {
			if i%3 != 1 {
				leave(client)
			}
		}
		for range 2 * n {
			late = append(late, connect(b, server))
		}
		together = contains(socketsAt(loop.port), held)
	})
	for i := 2; i < len(crowd); i += 3 {
		crowd[i].Send("still here\n")
		crowd[i].Expect("Run serves a client that stayed when others left", "still here\n")
		bye(crowd[i])
	}
	for _, fd := range late {
		b.Until("Run serves a client that came when others left", func() bool { return received(fd) == 1 },
			func() string { return "the client has sent one byte and got none" })
		syscall.Shutdown(fd, syscall.SHUT_WR)
		b.Until("the server closes after the last byte", func() bool { return received(fd) == 0 })
		syscall.Close(fd)
	}
	stop(b, server)
	return together
}

// atOnce calls act while no other goroutine gets a processor, if the system
// cooperates: Run, once woken, continues when act has returned.
func atOnce(act func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.Gosched() // to begin a time slice
	act()
}

// socketsAt returns the sockets of this process at a port, by inode: a number
// may be that of another socket a moment later.
func socketsAt(port int) map[uint64]bool {
	all := map[uint64]bool{}
	for fd := range 1 << 10 {
		var s syscall.Stat_t
		own, err := syscall.Getsockname(fd)
		if in4, ok := own.(*syscall.SockaddrInet4); err == nil && ok && in4.Port == port && syscall.Fstat(fd, &s) == nil {
			all[uint64(s.Ino)] = true
		}
	}
	return all
}

func contains(all, some map[uint64]bool) bool {
	for s := range some {
		if !all[s] {
			return false
		}
	}
	return true
}

// connect connects to the server and sends a byte, without giving way to
// another goroutine as net.Dial does.
func connect(b *peer.Bench, server *peer.Server) int {
	to := netip.MustParseAddrPort(server.Addr())
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	b.NoError("the bench makes a socket", err)
	err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	b.NoError("the bench connects it", err)
	syscall.Write(fd, []byte("x"))
	return fd
}

// received takes a byte that has come. It returns how many bytes it took, or -1
// if nothing has come, not even the end.
func received(fd int) int {
	n, _, _ := syscall.Recvfrom(fd, make([]byte, 1), syscall.MSG_DONTWAIT)
	return n
}
