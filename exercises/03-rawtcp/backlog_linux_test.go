package rawtcp_test

import (
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
