//go:build unix

// Connect4 calls connect a second time to learn how the handshake went.
// ReadFull leaves the loop to the kernel (MSG_WAITALL), which stops early for a
// signal; the others use sendmsg and recvmsg.

package rawtcp

import (
	"fmt"
	"io"
	"math"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// open returns a socket on which use has worked, or closes it.
func open(addr netip.AddrPort, use func(fd int, sa unix.Sockaddr) error) (int, error) {
	if !addr.Addr().Is4() {
		return -1, fmt.Errorf("rawtcp: %v: want an IPv4 address", addr)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC)
	if err == nil {
		err = use(fd, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()})
	}
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("rawtcp: %v: %w", addr, err)
	}
	return fd, nil
}

// Listen4 opens a listener.
func Listen4(addr netip.AddrPort, backlog int) (listenFD int, bound netip.AddrPort, err error) {
	listenFD, err = open(addr, func(fd int, sa unix.Sockaddr) error {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		if err := unix.Bind(fd, sa); err != nil {
			return err
		}
		own, err := unix.Getsockname(fd)
		if err != nil {
			return err
		}
		bound = convert(own)
		return unix.Listen(fd, backlog)
	})
	return listenFD, bound, err
}

// Accept takes a client from the backlog.
func Accept(listenFD int) (fd int, client netip.AddrPort, err error) {
again:
	fd, sa, err := unix.Accept(listenFD)
	switch err {
	case nil:
	case unix.EINTR:
		goto again
	default:
		return -1, client, err
	}
	unix.CloseOnExec(fd)
	return fd, convert(sa), nil
}

// Connect4 connects, and gives up after the timeout.
func Connect4(addr netip.AddrPort, timeout time.Duration) (fd int, err error) {
	began := time.Now()
	return open(addr, func(fd int, sa unix.Sockaddr) error {
		unix.SetNonblock(fd, true)
		for {
			err := unix.Connect(fd, sa)
			switch err {
			case nil, unix.EISCONN:
				return unix.SetNonblock(fd, false)
			case unix.EINPROGRESS, unix.EALREADY, unix.EINTR:
			default:
				return err
			}
			left := timeout - time.Since(began)
			if left <= 0 {
				return unix.ETIMEDOUT
			}
			ms := math.Ceil(left.Seconds() * 1000)
			unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, int(ms))
		}
	})
}

// WriteFull sends all of p.
func WriteFull(fd int, p []byte) (n int, err error) {
	for rest := p; len(rest) > 0; rest = p[n:] {
		m, err := unix.SendmsgN(fd, rest, nil, nil, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, fmt.Errorf("send: %w", err)
		}
		n += m
	}
	return n, nil
}

// ReadFull fills p.
func ReadFull(fd int, p []byte) (n int, err error) {
	for {
		m, _, err := unix.Recvfrom(fd, p[n:], unix.MSG_WAITALL)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, fmt.Errorf("recv: %w", err)
		}
		n += m
		if n == len(p) {
			return n, nil
		}
		if m == 0 {
			break
		}
	}
	if n > 0 {
		return n, io.ErrUnexpectedEOF
	}
	return 0, io.EOF
}

// Peek returns what the next read would.
func Peek(fd int, p []byte) (int, error) {
	for {
		n, _, _, _, err := unix.Recvmsg(fd, p, nil, unix.MSG_PEEK)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = io.EOF
		}
		return max(n, 0), err
	}
}

func convert(sa unix.Sockaddr) netip.AddrPort {
	a := sa.(*unix.SockaddrInet4)
	return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
}
