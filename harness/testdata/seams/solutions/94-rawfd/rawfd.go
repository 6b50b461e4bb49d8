//go:build linux

// Package rawfd opens a listener and serves one client with system calls alone.
package rawfd

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Listen returns a stream socket over IPv4 that listens at port, and the address
// it is bound to. The socket is close-on-exec, and the caller closes it.
func Listen(port netip.AddrPort) (listenFD int, bound netip.AddrPort, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, bound, err
	}
	err = errors.Join(
		unix.Bind(fd, &unix.SockaddrInet4{Port: int(port.Port()), Addr: port.Addr().As4()}),
		unix.Listen(fd, unix.SOMAXCONN))
	name, nameErr := unix.Getsockname(fd)
	if err = errors.Join(err, nameErr); err != nil {
		unix.Close(fd)
		return -1, bound, err
	}
	own := name.(*unix.SockaddrInet4)
	return fd, netip.AddrPortFrom(netip.AddrFrom4(own.Addr), uint16(own.Port)), nil
}

// AcceptEcho accepts one client from listenFD and sends every byte back to it,
// until the client ends its stream. A call that a signal interrupted has not
// failed. listenFD stays open.
func AcceptEcho(listenFD int) error {
	fd, _, err := unix.Accept4(listenFD, unix.SOCK_CLOEXEC)
	for errors.Is(err, unix.EINTR) {
		fd, _, err = unix.Accept4(listenFD, unix.SOCK_CLOEXEC)
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for buf := make([]byte, 32<<10); ; {
		n, err := unix.Read(fd, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return err
		}
		for rest := buf[:n]; len(rest) > 0; {
			n, err := unix.Write(fd, rest)
			if err != nil && !errors.Is(err, unix.EINTR) {
				return err
			}
			rest = rest[max(n, 0):]
		}
	}
}
