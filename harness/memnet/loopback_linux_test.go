package memnet_test

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func loopback(*testing.T) network { return kernel{} }

// kernel is the loopback of Linux. The state of a socket, asked for with
// TCP_INFO, says what has arrived without taking anything from it.
type kernel struct{}

func (kernel) listen(t *testing.T) listener {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (kernel) dial(l listener) (conn, error) {
	c, err := net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (kernel) awaitUnread(t *testing.T, at conn, bytes int) {
	t.Helper()
	await(t, at, "unread bytes", bytes, func(fd int) (int, error) {
		return unix.IoctlGetInt(fd, unix.SIOCINQ)
	})
}

func (kernel) awaitFIN(t *testing.T, at conn) {
	t.Helper()
	await(t, at, "state CLOSE_WAIT", unix.BPF_TCP_CLOSE_WAIT, tcpState)
}

func (kernel) awaitEnd(t *testing.T, at conn) {
	t.Helper()
	await(t, at, "state CLOSE", unix.BPF_TCP_CLOSE, tcpState)
}

// awaitBlocked does nothing: the kernel does not tell which calls are blocked. A
// script must end in the same way if a call comes later than what interrupts it.
func (kernel) awaitBlocked() {}

func tcpState(fd int) (int, error) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0, err
	}
	return int(info.State), nil
}

// await asks the socket until get gives want.
func await(t *testing.T, c conn, what string, want int, get func(fd int) (int, error)) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for giveUp := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		var got int
		var getErr error
		if err := raw.Control(func(fd uintptr) { got, getErr = get(int(fd)) }); err != nil || getErr != nil {
			t.Fatalf("await %s: %v, %v", what, err, getErr)
		}
		if got == want {
			return
		}
		if time.Now().After(giveUp) {
			t.Fatalf("await %s: got %d, want %d", what, got, want)
		}
	}
}
