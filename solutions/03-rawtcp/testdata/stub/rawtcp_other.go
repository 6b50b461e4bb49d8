//go:build !unix

// Package rawtcp makes and uses TCP conns over IPv4 with system calls alone. It
// uses system calls that this platform does not have.
package rawtcp

import (
	"errors"
	"net/netip"
	"time"
)

// Listen4 needs Unix; on this platform it returns [errors.ErrUnsupported].
func Listen4(addr netip.AddrPort, backlog int) (listenFD int, bound netip.AddrPort, err error) {
	return -1, netip.AddrPort{}, errors.ErrUnsupported
}

// Accept needs Unix; on this platform it returns [errors.ErrUnsupported].
func Accept(listenFD int) (fd int, client netip.AddrPort, err error) {
	return -1, netip.AddrPort{}, errors.ErrUnsupported
}

// Connect4 needs Unix; on this platform it returns [errors.ErrUnsupported].
func Connect4(addr netip.AddrPort, timeout time.Duration) (fd int, err error) {
	return -1, errors.ErrUnsupported
}

// WriteFull needs Unix; on this platform it returns [errors.ErrUnsupported].
func WriteFull(fd int, p []byte) (n int, err error) {
	return 0, errors.ErrUnsupported
}

// ReadFull needs Unix; on this platform it returns [errors.ErrUnsupported].
func ReadFull(fd int, p []byte) (n int, err error) {
	return 0, errors.ErrUnsupported
}

// Peek needs Unix; on this platform it returns [errors.ErrUnsupported].
func Peek(fd int, p []byte) (n int, err error) {
	return 0, errors.ErrUnsupported
}
