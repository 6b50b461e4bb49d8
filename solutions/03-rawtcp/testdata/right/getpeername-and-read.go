//go:build unix

// Only package syscall, except for poll, as Go was written before there was
// x/sys. Connect4 looks every few milliseconds whether the socket has a peer;
// if it has none when poll has seen something, a read returns the reason.

package rawtcp

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var errFamily = &net.AddrError{Err: "not an IPv4 address"}

func newSocket(addr netip.AddrPort) (fd int, sa syscall.SockaddrInet4, err error) {
	if !addr.IsValid() || !addr.Addr().Is4() {
		return -1, sa, errFamily
	}
	sa.Port, sa.Addr = int(addr.Port()), addr.Addr().As4()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); err == nil {
		syscall.CloseOnExec(fd)
	}
	return fd, sa, err
}

// Listen4 opens a listener.
func Listen4(addr netip.AddrPort, backlog int) (listenFD int, bound netip.AddrPort, err error) {
	fd, sa, err := newSocket(addr)
	if err != nil {
		return 0, bound, err
	}
	defer func() {
		if err != nil {
			syscall.Close(fd)
		}
	}()
	if err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, bound, err
	}
	if err = os.NewSyscallError("bind", syscall.Bind(fd, &sa)); err != nil {
		return 0, bound, err
	}
	if err = os.NewSyscallError("listen", syscall.Listen(fd, backlog)); err != nil {
		return 0, bound, err
	}
	own, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, bound, err
	}
	return fd, toAddrPort(own), nil
}

// Accept takes a client from the backlog.
func Accept(listenFD int) (int, netip.AddrPort, error) {
	fd, sa, err := syscall.Accept(listenFD)
	if errors.Is(err, syscall.EINTR) {
		return Accept(listenFD)
	}
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	syscall.CloseOnExec(fd)
	return fd, toAddrPort(sa), nil
}

// Connect4 connects, and gives up after the timeout.
func Connect4(addr netip.AddrPort, timeout time.Duration) (fd int, err error) {
	end := time.Now().Add(timeout)
	fd, sa, err := newSocket(addr)
	if err != nil {
		return 0, err
	}
	if err = syscall.SetNonblock(fd, true); err == nil {
		err = syscall.Connect(fd, &sa)
	}
	for err == syscall.EINPROGRESS {
		err = look(fd)
		if err == syscall.EINPROGRESS && !time.Now().Before(end) {
			err = syscall.ETIMEDOUT
		}
	}
	if err == nil {
		err = syscall.SetNonblock(fd, false)
	}
	if err != nil {
		syscall.Close(fd)
		return 0, &net.OpError{Op: "dial", Net: "tcp4", Err: os.NewSyscallError("connect", err)}
	}
	return fd, nil
}

// look returns EINPROGRESS as long as the handshake goes on.
func look(fd int) error {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 5)
	if n <= 0 && (err == nil || err == syscall.EINTR) {
		return syscall.EINPROGRESS
	}
	if err != nil {
		return err
	}
	if _, err := syscall.Getpeername(fd); err != syscall.ENOTCONN {
		return err
	}
	var one [1]byte
	_, err = syscall.Read(fd, one[:])
	return err
}

// WriteFull sends all of p.
func WriteFull(fd int, p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		switch n, err := syscall.Write(fd, p[sent:min(len(p), sent+100<<10)]); {
		case err == syscall.EINTR:
		case err != nil:
			return sent, err
		default:
			sent += n
		}
	}
	return sent, nil
}

// ReadFull fills p.
func ReadFull(fd int, p []byte) (int, error) { return io.ReadFull(descriptor(fd), p) }

// A descriptor is an [io.Reader].
type descriptor int

func (d descriptor) Read(p []byte) (int, error) {
	n, err := syscall.Read(int(d), p)
	switch {
	case err == syscall.EINTR:
		return 0, nil // io.ReadFull calls again
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Peek returns what the next read would.
func Peek(fd int, p []byte) (n int, err error) {
	for {
		n, _, err = syscall.Recvfrom(fd, p, syscall.MSG_PEEK)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return 0, os.NewSyscallError("recvfrom", err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func toAddrPort(sa syscall.Sockaddr) netip.AddrPort {
	if a, ok := sa.(*syscall.SockaddrInet4); ok {
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	}
	return netip.AddrPort{}
}
