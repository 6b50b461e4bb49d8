//go:build unix

package rawtcp_test

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	rawtcp "socketkata/exercises/03-rawtcp"
	"socketkata/harness/peer"
)

var (
	loopback = netip.MustParseAddrPort("127.0.0.1:0")
	ipv6     = netip.MustParseAddrPort("[::1]:0")
	invalid  netip.AddrPort                              // not even IPv6
	foreign  = netip.MustParseAddrPort("198.51.100.7:0") // of no machine
	group    = netip.MustParseAddrPort("224.0.0.1:9")    // of multicast: the kernel sends no SYN to it
)

const (
	patient = time.Minute // a timeout that should not pass
	notOpen = 1 << 20     // no descriptor
)

// A listener is what Listen4 returns.
type listener struct {
	fd    int
	bound netip.AddrPort
}

// A conn is what Accept returns.
type conn struct {
	fd     int
	client netip.AddrPort
}

// listening starts Listen4.
func listening(b *peer.Bench, addr netip.AddrPort, backlog int) *peer.Call[listener] {
	return peer.Start(b, "Listen4", func() (l listener, err error) {
		l.fd, l.bound, err = rawtcp.Listen4(addr, backlog)
		return l, err
	})
}

// listen calls Listen4 with port 0, which must succeed.
func listen(b *peer.Bench, backlog int) listener {
	b.Helper()
	l, err := listening(b, loopback, backlog).Result("Listen4 returns at once")
	b.NoError("Listen4 finds a free port for port 0", err)
	return l
}

// acceptFrom returns a call of Accept.
func acceptFrom(l listener) func() (conn, error) {
	return func() (c conn, err error) {
		c.fd, c.client, err = rawtcp.Accept(l.fd)
		return c, err
	}
}

// accept calls Accept for a client that has connected.
func accept(b *peer.Bench, l listener) conn {
	b.Helper()
	c, err := peer.Start(b, "Accept", acceptFrom(l)).Result("Accept returns, because a client waits")
	b.NoError("Accept accepts the client that waits", err)
	return c
}

// acceptGone has Accept meet a client that has reset its conn. Only Linux is
// known to hand out such a conn.
func acceptGone(b *peer.Bench, l listener, server *peer.Server) {
	if runtime.GOOS != "linux" {
		return
	}
	rude := b.Dial(server)
	rude.Reset()
	b.Until("the reset has arrived", func() bool { _, open := rude.Buffered(); return !open })
	gone, err := peer.Start(b, "Accept", acceptFrom(l)).Result("Accept returns, because a client that has reset its conn still waits")
	b.NoError("accept(2) returns the conn of a client that is gone", err)
	defer unix.Close(gone.fd)
	b.Equal("accept(2) knows the address of a client that is gone", loopback.Addr(), gone.client.Addr())
	var port owner = "the client's port"
	if gone.client.Port() == l.bound.Port() {
		port = "the listener's port"
	}
	b.Equal("accept(2) knows the port of a client that is gone", owner("the client's port"), port)
}

// An owner of a port, as a failure shows it.
type owner string

// connecting starts Connect4.
func connecting(b *peer.Bench, addr netip.AddrPort, timeout time.Duration) *peer.Call[int] {
	return peer.Start(b, "Connect4", func() (int, error) { return rawtcp.Connect4(addr, timeout) })
}

// at returns the address of a server that the bench plays.
func at(host *peer.Host) netip.AddrPort { return netip.MustParseAddrPort(host.Addr()) }

// connect calls Connect4 to a server that listens.
func connect(b *peer.Bench, host *peer.Host) (fd int) {
	b.Helper()
	fd, err := connecting(b, at(host), patient).Result("Connect4 returns, because the server listens")
	b.NoError("Connect4 connects to the server", err)
	return fd
}

// writeFull returns a call of WriteFull.
func writeFull(fd int, text string) func() (int, error) {
	return func() (int, error) { return rawtcp.WriteFull(fd, []byte(text)) }
}

// writing starts WriteFull.
func writing(b *peer.Bench, fd int, text string) *peer.Call[int] {
	return peer.Start(b, "WriteFull", writeFull(fd, text))
}

// fill returns a call of ReadFull or Peek with room for size bytes. Its result
// is what the call has put there.
func fill(call func(int, []byte) (int, error), fd, size int) func() (string, error) {
	return func() (string, error) {
		p := make([]byte, size, 2*size) // what is beyond p is not the call's
		n, err := call(fd, p)
		if n < 0 || n > size {
			return fmt.Sprintf("(n is %d)", n), err
		}
		return string(p[:n]), err
	}
}

// reading starts ReadFull.
func reading(b *peer.Bench, fd, size int) *peer.Call[string] {
	return peer.Start(b, "ReadFull", fill(rawtcp.ReadFull, fd, size))
}

// peeking starts Peek.
func peeking(b *peer.Bench, fd, size int) *peer.Call[string] {
	return peer.Start(b, "Peek", fill(rawtcp.Peek, fd, size))
}

// send writes a short text to a conn.
func send(fd int, text string) { unix.Write(fd, []byte(text)) }

// receive takes what waits in a conn, at most size bytes.
func receive(fd, size int) string { return waiting(fd, size, unix.MSG_DONTWAIT) }

// look returns what waits in a conn and leaves it there.
func look(fd, size int) string { return waiting(fd, size, unix.MSG_DONTWAIT|unix.MSG_PEEK) }

func waiting(fd, size, flags int) string {
	p := make([]byte, size)
	n, _, err := unix.Recvfrom(fd, p, flags)
	if err != nil {
		return fmt.Sprintf("(nothing: %v)", err)
	}
	return string(p[:n])
}

// nameOf returns the address that a socket is bound to.
func nameOf(fd int) netip.AddrPort {
	sa, _ := unix.Getsockname(fd)
	return addrPort(sa)
}

// peerOf returns the address that a conn is connected to.
func peerOf(fd int) netip.AddrPort {
	sa, _ := unix.Getpeername(fd)
	return addrPort(sa)
}

func addrPort(sa unix.Sockaddr) netip.AddrPort {
	in4, ok := sa.(*unix.SockaddrInet4)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4(in4.Addr), uint16(in4.Port))
}

// A mode says what a read on a conn does that finds no bytes, and a write that
// finds no room.
type result int

func (n result) String() string { return fmt.Sprintf("n = %d", int(n)) }

type mode string

const blocking mode = "blocking mode, without a time limit"

func modeOf(fd int) mode {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	switch {
	case err != nil:
		return mode(fmt.Sprintf("descriptor %d: %v", fd, err))
	case flags&unix.O_NONBLOCK != 0:
		return "non-blocking mode"
	}
	for option, name := range map[int]mode{unix.SO_RCVTIMEO: "SO_RCVTIMEO", unix.SO_SNDTIMEO: "SO_SNDTIMEO"} {
		if limit, err := unix.GetsockoptTimeval(fd, unix.SOL_SOCKET, option); err == nil && limit.Nano() != 0 {
			return "blocking mode, with a time limit: " + name
		}
	}
	if hasUserTimeout(fd) {
		return "blocking mode, with a time limit: TCP_USER_TIMEOUT"
	}
	return blocking
}

// canFork reports whether os/exec could start a program at this moment.
func canFork() bool {
	free := syscall.ForkLock.TryLock()
	if free {
		syscall.ForkLock.Unlock()
	}
	return free
}

// isFull reports whether a conn takes no more bytes from this side.
func isFull(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, 0)
	return n == 0 && err == nil
}

// gone returns ECONNRESET for either error of a peer that is gone.
func gone(err error) error {
	if errors.Is(err, unix.EPIPE) {
		return unix.ECONNRESET
	}
	return err
}

// expectReset plays a client that resets its conn while ReadFull waits.
func expectReset(b *peer.Bench) {
	rude, fd := b.PairFD()
	waiting := reading(b, fd, 10)
	rude.SendPieces("B12 ", "")
	rude.Reset()
	text, err := waiting.Result("ReadFull returns when the peer resets the conn")
	b.ErrorIs("a reset is not the end of the stream", err, unix.ECONNRESET)
	b.Equal("ReadFull returns the bytes that came before the reset", "B12 ", text)
	b.Equal("the descriptor is the caller's, and stays open after an error", blocking, modeOf(fd))

	rude, fd = b.PairFD()
	rude.Reset()
	text, err = reading(b, fd, 10).Result("ReadFull returns when the peer resets the conn")
	b.ErrorIs("a reset before the first byte is not the end of the stream", err, unix.ECONNRESET)
	b.Equal("ReadFull has read nothing", "", text)
}

// expectBytesBeforeReset calls ReadFull or Peek when both bytes and a reset have
// arrived. Only Linux is known to keep the bytes.
func expectBytesBeforeReset(b *peer.Bench, name string, call func(int, []byte) (int, error), want error) {
	if runtime.GOOS != "linux" {
		return
	}
	rude, fd := b.PairFD()
	rude.Send("B12 ")
	b.Until("the bytes have arrived", func() bool { return look(fd, 64) == "B12 " })
	rude.Reset()
	b.Until("the reset has arrived", func() bool { // poll reports it and leaves the error in the socket
		fds := []unix.PollFd{{Fd: int32(fd)}}
		n, _ := unix.Poll(fds, 0)
		return n > 0
	})
	text, err := peer.Start(b, name, fill(call, fd, 10)).Result(name + " returns at once")
	b.Equal(name+" returns bytes that came before a reset", "B12 ", text)
	if want == nil {
		b.NoError(name+" takes the bytes first, and leaves the error in the socket", err)
		return
	}
	b.ErrorIs("the reset came before p was full", err, want)
}

// errorOf returns the error with which the kernel refuses bind(2) or connect(2), or
// nil.
func errorOf(call func(fd int, addr unix.Sockaddr) error, addr netip.AddrPort) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return call(fd, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()})
}
