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
	"net/netip"
	"time"
)

// Listen4 returns a TCP socket that listens on addr, and the address that it is
// bound to: for port 0 the kernel picks a free port. backlog is the argument of
// listen(2). The port of a closed listener can be reused at once, even while
// conns that were accepted there are open or in TIME_WAIT; the port of an open
// listener is EADDRINUSE.
func Listen4(addr netip.AddrPort, backlog int) (listenFD int, bound netip.AddrPort, err error) {
	// TODO: write this.
	return -1, netip.AddrPort{}, errors.New("Listen4 is not written yet")
}

// Accept waits for a client of listenFD and returns its conn and its address.
// On Linux that holds even if the client has reset the conn meanwhile.
func Accept(listenFD int) (fd int, client netip.AddrPort, err error) {
	// TODO: write this.
	return -1, netip.AddrPort{}, errors.New("Accept is not written yet")
}

// Connect4 connects to addr and returns the conn. It returns ECONNREFUSED if
// the server refuses, and ETIMEDOUT once timeout, which is positive, has
// passed without an answer; some milliseconds more or less do not matter. Signals
// do not extend the timeout, and no time limit of any kind is left on the conn.
func Connect4(addr netip.AddrPort, timeout time.Duration) (fd int, err error) {
	// TODO: write this.
	return -1, errors.New("Connect4 is not written yet")
}

// WriteFull sends all of p, at least one byte. n is the number of bytes that
// the kernel has taken, fewer than len(p) only with an error. Once a RST of the
// peer has arrived, the error is EPIPE or ECONNRESET, and the process goes on.
func WriteFull(fd int, p []byte) (n int, err error) {
	// TODO: write this.
	return 0, errors.New("WriteFull is not written yet")
}

// ReadFull reads exactly len(p) bytes, at least one. If the stream ends before
// p is full, ReadFull returns io.EOF with n = 0 or io.ErrUnexpectedEOF with the
// number of bytes that came. If reading fails, it returns that number, even 0,
// and the error.
func ReadFull(fd int, p []byte) (n int, err error) {
	// TODO: write this.
	return 0, errors.New("ReadFull is not written yet")
}

// Peek waits until bytes have arrived and copies the first of them to p, which
// has room for at least one. The bytes stay in the socket for the next read.
// Peek does not wait until p is full. At the end of the stream it returns 0 and
// io.EOF; if it fails, 0 and the error.
func Peek(fd int, p []byte) (n int, err error) {
	// TODO: write this.
	return 0, errors.New("Peek is not written yet")
}
