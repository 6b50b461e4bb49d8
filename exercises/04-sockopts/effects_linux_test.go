package sockopts_test

import (
	"net"
	"time"

	"golang.org/x/sys/unix"

	sockopts "socketkata/exercises/04-sockopts"
	"socketkata/harness/peer"
)

const (
	keepIdle    = unix.TCP_KEEPIDLE
	userTimeout = 9 * time.Second
)

func onlyWithUserTimeout(*peer.Bench) {}

// onlyWithTCPInfo skips the script where the kernel does not say what a conn has
// sent.
func onlyWithTCPInfo(b *peer.Bench) {
	b.Helper()
	near, far := ends(b)
	defer near.Close()
	defer far.Close()
	near.Write([]byte("x"))
	if infoOf(near).Bytes_sent == 0 {
		b.Skip("this kernel does not tell what a conn has sent")
	}
}

func userTimeoutOf(fd int) time.Duration {
	ms, _ := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	return time.Duration(ms) * time.Millisecond
}

func setUserTimeout(c net.Conn, d time.Duration) {
	with(c, func(fd int) {
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
	})
}

// refusesYear checks the error for a keepalive time of a year: tcp(7) allows
// 32,767 seconds.
func refusesYear(b *peer.Bench, err error) {
	b.Helper()
	b.ErrorIs("the kernel refuses to wait for a year", err, unix.EINVAL)
}

// closesUntuned checks that no conn stays open whose listener has options that the
// kernel refuses. ListenWith may return the error already, and Accept may wait for
// another client.
func closesUntuned(b *peer.Bench, refused sockopts.Options) {
	b.Helper()
	ln, err := listening(b, "127.0.0.1:0", sockopts.Binding{}, refused)
	if err != nil {
		return
	}
	defer ln.Close()
	client := b.Dial(b.ServerAt("tcp", ln.Addr().String()))
	waiting := accepting(b, ln)
	client.ExpectClosed("a conn that cannot have its listener's options is closed")
	ln.Close()
	_, err = waiting.Result("Accept returns, at the latest when the listener is closed")
	b.Error("no conn has the options", err)
}

// segments returns how many segments with new bytes a conn has sent.
func segments(c net.Conn) int {
	info := infoOf(c)
	return int(info.Data_segs_out - info.Total_retrans)
}

// isProbed reports whether a probe of keepalive waits for an answer, or the kernel
// has given up.
func isProbed(c net.Conn) bool {
	const closed = 7 // TCP_CLOSE
	info := infoOf(c)
	return info.Probes > 0 || info.State == closed
}

// waitsForWindow reports whether a conn has bytes to send, and the other side has
// acknowledged everything and allows no more: its buffer is full.
func waitsForWindow(c net.Conn) bool {
	info := infoOf(c)
	return info.Unacked == 0 && info.Notsent_bytes > 0
}

// unread returns how many bytes wait in the receive buffer.
func unread(c net.Conn) (n int) {
	with(c, func(fd int) { n, _ = unix.IoctlGetInt(fd, unix.TIOCINQ) })
	return n
}

// unsent returns how many bytes wait in the send buffer.
func unsent(c net.Conn) (n int) {
	with(c, func(fd int) { n, _ = unix.IoctlGetInt(fd, unix.TIOCOUTQ) })
	return n
}

// spreadClients dials an address so often that each of three listeners is left
// without a client less than once in 10^17 runs.
func spreadClients(b *peer.Bench, addr string) {
	b.Helper()
	b.Crowd(b.ServerAt("tcp", addr), 100)
}

func infoOf(c net.Conn) (info unix.TCPInfo) {
	with(c, func(fd int) {
		if i, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			info = *i
		}
	})
	return info
}
