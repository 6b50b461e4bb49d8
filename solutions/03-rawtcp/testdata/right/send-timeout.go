//go:build unix

// Connect4 stays in blocking mode and limits connect with SO_SNDTIMEO, which
// Linux honours there. Each read and write waits in poll first.

package rawtcp

import (
	"errors"
	"io"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Listen4 opens a listener.
func Listen4(addr netip.AddrPort, backlog int) (listenFD int, bound netip.AddrPort, err error) {
	listenFD, err = socketFor(addr)
	if err != nil {
		return -1, bound, err
	}
	err = unix.SetsockoptInt(listenFD, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(listenFD, &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())})
	}
	if err == nil {
		err = unix.Listen(listenFD, backlog)
	}
	var sa unix.Sockaddr
	if err == nil {
		sa, err = unix.Getsockname(listenFD)
	}
	if err != nil {
		return -1, bound, errors.Join(err, unix.Close(listenFD))
	}
	return listenFD, netipOf(sa), nil
}

// Accept takes a client from the backlog.
func Accept(listenFD int) (fd int, client netip.AddrPort, err error) {
	for {
		if err := await(listenFD, unix.POLLIN); err != nil {
			return -1, client, err
		}
		fd, sa, err := unix.Accept(listenFD)
		if err == nil {
			unix.CloseOnExec(fd)
			return fd, netipOf(sa), nil
		}
		if err != unix.EINTR {
			return -1, client, err
		}
	}
}

// Connect4 connects, and gives up after the timeout.
func Connect4(addr netip.AddrPort, timeout time.Duration) (int, error) {
	fd, err := socketFor(addr)
	if err != nil {
		return -1, err
	}
	if err := connectWithin(fd, addr, timeout); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func connectWithin(fd int, addr netip.AddrPort, timeout time.Duration) error {
	limit := func(d time.Duration) error {
		t := unix.NsecToTimeval(int64(d))
		return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &t)
	}
	for end := time.Now().Add(timeout); ; {
		left := time.Until(end)
		if left < time.Millisecond { // 0 would mean for ever
			return unix.ETIMEDOUT
		}
		if err := limit(left); err != nil {
			return err
		}
		err := unix.Connect(fd, &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())})
		switch err {
		case nil, unix.EISCONN:
			return limit(0)
		case unix.EINPROGRESS, unix.EALREADY, unix.EINTR:
		default:
			return err
		}
	}
}

// WriteFull sends all of p.
func WriteFull(fd int, p []byte) (n int, err error) {
	return move(fd, p, unix.POLLOUT, unix.Write)
}

// ReadFull fills p.
func ReadFull(fd int, p []byte) (n int, err error) {
	n, err = move(fd, p, unix.POLLIN, unix.Read)
	if err == io.EOF && n > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Peek returns what the next read would.
func Peek(fd int, p []byte) (n int, err error) {
	if err := await(fd, unix.POLLIN); err != nil {
		return 0, err
	}
	n, _, err = unix.Recvfrom(fd, p, unix.MSG_PEEK|unix.MSG_DONTWAIT)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// move calls a system call until p is full.
func move(fd int, p []byte, events int16, call func(int, []byte) (int, error)) (n int, err error) {
	for n < len(p) {
		if err := await(fd, events); err != nil {
			return n, err
		}
		m, err := call(fd, p[n:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, err
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

// await waits for an event.
func await(fd int, events int16) error {
	p := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		_, err := unix.Poll(p, -1)
		if err == nil && p[0].Revents&unix.POLLNVAL != 0 {
			return unix.EBADF
		}
		if err != unix.EINTR {
			return err
		}
	}
}

func socketFor(addr netip.AddrPort) (int, error) {
	if !addr.Addr().Is4() {
		return -1, unix.EINVAL
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, err
}

func netipOf(sa unix.Sockaddr) netip.AddrPort {
	a, _ := sa.(*unix.SockaddrInet4)
	return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
}
