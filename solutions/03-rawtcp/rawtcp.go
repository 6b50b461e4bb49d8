//go:build unix

// Package rawtcp makes and uses TCP conns over IPv4 with system calls alone.
// It does what net.Listen, net.Dial, net.Conn and io.ReadFull do for you, and
// shows what they hide: short writes, interrupted calls, errors that wait in the
// socket.
//
// A descriptor that is passed in is in blocking mode; it stays open and in that
// mode. A descriptor that is returned is in blocking mode and close-on-exec, and
// the caller closes it. While a call waits, all that it has opened is close-on-exec,
// too. A signal fails no call. An error is or wraps its cause, so that errors.Is finds
// the kernel's error number. A call that fails leaves no descriptor open, and the
// descriptor and the address that it returns mean nothing. An addr that is not IPv4
// is an error. No call holds syscall.ForkLock while it waits or when it has returned.
package rawtcp

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Listen4 returns a TCP socket that listens on addr, and the address that it is
// bound to: for port 0 the kernel picks a free port. backlog is the argument of
// listen(2). The port of a closed listener can be reused at once, even while
// conns that were accepted there are open or in TIME_WAIT; the port of an open
// listener is EADDRINUSE.
func Listen4(addr netip.AddrPort, backlog int) (listenFD int, bound netip.AddrPort, err error) {
	fd, sa, err := socket(addr)
	if err != nil {
		return -1, bound, err
	}
	if bound, err = listen(fd, sa, backlog); err != nil {
		unix.Close(fd) // the caller does not get it
		return -1, bound, err
	}
	return fd, bound, nil
}

func listen(fd int, sa unix.Sockaddr, backlog int) (bound netip.AddrPort, err error) {
	// It counts at bind. Conns in TIME_WAIT inherit it from their listener, and
	// the kernel looks at both sockets: so it is set for every listener.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return bound, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(fd, sa); err != nil {
		return bound, os.NewSyscallError("bind", err)
	}
	if err := unix.Listen(fd, backlog); err != nil {
		return bound, os.NewSyscallError("listen", err)
	}
	own, err := unix.Getsockname(fd) // sa may say port 0
	return addrPort(own), os.NewSyscallError("getsockname", err)
}

// Accept waits for a client of listenFD and returns its conn and its address.
// On Linux that holds even if the client has reset the conn meanwhile.
func Accept(listenFD int) (fd int, client netip.AddrPort, err error) {
	var sa unix.Sockaddr
	fd, err = uninterrupted(func() (fd int, err error) {
		fd, sa, err = unix.Accept(listenFD)
		return fd, err
	})
	if err != nil {
		return -1, client, os.NewSyscallError("accept", err)
	}
	unix.CloseOnExec(fd) // no flag is inherited from the listener
	return fd, addrPort(sa), nil
}

// Connect4 connects to addr and returns the conn. It returns ECONNREFUSED if
// the server refuses, and ETIMEDOUT once timeout, which is positive, has
// passed without an answer; some milliseconds more or less do not matter. Signals
// do not extend the timeout, and no time limit of any kind is left on the conn.
func Connect4(addr netip.AddrPort, timeout time.Duration) (fd int, err error) {
	deadline := time.Now().Add(timeout)
	fd, sa, err := socket(addr)
	if err != nil {
		return -1, err
	}
	if err := connect(fd, sa, deadline); err != nil {
		unix.Close(fd) // the caller does not get it
		return -1, os.NewSyscallError("connect", err)
	}
	return fd, nil
}

func connect(fd int, sa unix.Sockaddr, deadline time.Time) error {
	if err := unix.SetNonblock(fd, true); err != nil { // a blocking connect has no timeout
		return err
	}
	err := unix.Connect(fd, sa)
	if errors.Is(err, unix.EINPROGRESS) { // the SYN is sent, and poll waits for the answer
		err = established(fd, deadline)
	}
	if err != nil {
		return err
	}
	return unix.SetNonblock(fd, false)
}

// established waits until the handshake has succeeded or failed.
func established(fd int, deadline time.Time) error {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	for left := time.Until(deadline); left > 0; left = time.Until(deadline) {
		n, err := unix.Poll(fds, int(min(left, time.Hour)/time.Millisecond)+1)
		switch {
		case n > 0: // a socket whose handshake has failed is writable too
			return pending(fd)
		case err != nil && !errors.Is(err, unix.EINTR): // EINTR: wait for what is left
			return err
		}
	}
	return unix.ETIMEDOUT
}

// pending returns the error that a socket has ready. Reading it clears it.
func pending(fd int) error {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && errno != 0 {
		err = unix.Errno(errno)
	}
	return err
}

// WriteFull sends all of p, at least one byte. n is the number of bytes that
// the kernel has taken, fewer than len(p) only with an error. Once a RST of the
// peer has arrived, the error is EPIPE or ECONNRESET, and the process goes on.
func WriteFull(fd int, p []byte) (n int, err error) {
	for n < len(p) {
		m, err := uninterrupted(func() (int, error) { return unix.Write(fd, p[n:]) })
		if err != nil { // m is -1
			return n, os.NewSyscallError("write", err)
		}
		n += m // a signal or an error may stop write halfway
	}
	return n, nil
}

// ReadFull reads exactly len(p) bytes, at least one. If the stream ends before
// p is full, ReadFull returns io.EOF with n = 0 or io.ErrUnexpectedEOF with the
// number of bytes that came. If reading fails, it returns that number, even 0,
// and the error.
func ReadFull(fd int, p []byte) (n int, err error) {
	for n < len(p) {
		m, err := uninterrupted(func() (int, error) { return unix.Read(fd, p[n:]) })
		switch {
		case err != nil: // m is -1
			return n, os.NewSyscallError("read", err)
		case m == 0 && n == 0:
			return 0, io.EOF
		case m == 0:
			return n, io.ErrUnexpectedEOF
		}
		n += m
	}
	return n, nil
}

// Peek waits until bytes have arrived and copies the first of them to p, which
// has room for at least one. The bytes stay in the socket for the next read.
// Peek does not wait until p is full. At the end of the stream it returns 0 and
// io.EOF; if it fails, 0 and the error.
func Peek(fd int, p []byte) (n int, err error) {
	n, err = uninterrupted(func() (int, error) {
		n, _, err := unix.Recvfrom(fd, p, unix.MSG_PEEK)
		return n, err
	})
	switch {
	case err != nil: // n is -1
		return 0, os.NewSyscallError("recvfrom", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// uninterrupted repeats a system call that a signal has interrupted.
func uninterrupted(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// socket returns a new TCP socket, and addr for the system calls.
func socket(addr netip.AddrPort) (int, *unix.SockaddrInet4, error) {
	if !addr.Addr().Is4() { // As4 would panic
		return -1, nil, fmt.Errorf("%v is not an IPv4 address: %w", addr, unix.EAFNOSUPPORT)
	}
	syscall.ForkLock.RLock() // no fork between socket and close-on-exec
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, nil, os.NewSyscallError("socket", err)
	}
	unix.CloseOnExec(fd)
	return fd, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}, nil // unix swaps the port's bytes
}

// addrPort returns an address of the system calls as package netip has it.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	in4, ok := sa.(*unix.SockaddrInet4)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4(in4.Addr), uint16(in4.Port))
}
