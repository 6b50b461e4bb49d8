//go:build unix

package network

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"socketkata/harness/descriptor"
)

// A ListenerFD is a listening TCP socket on 127.0.0.1 for code that works on
// descriptors, and a pipe that tells the code when to stop.
type ListenerFD struct {
	FD     int // in blocking mode and close-on-exec
	StopFD int // becomes readable with Close
	addr   *net.TCPAddr
	wake   *os.File
}

// ListenFD returns a listener with a port of the kernel's choice. The caller
// closes it, and when the code no longer uses them, the two descriptors with
// [ListenerFD.CloseFDs].
func ListenFD() (*ListenerFD, error) {
	fd, addr, err := listenFD()
	if err != nil {
		return nil, err
	}
	stop, wake, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	stopFD, _, err := descriptor.Duplicate(int(stop.Fd()))
	stop.Close()
	if err != nil {
		return nil, errors.Join(err, syscall.Close(fd), wake.Close())
	}
	return &ListenerFD{FD: fd, StopFD: stopFD, addr: addr, wake: wake}, nil
}

func listenFD() (int, *net.TCPAddr, error) {
	fd, err := descriptor.Open(syscall.AF_INET, syscall.SOCK_STREAM)
	if err != nil {
		return -1, nil, err
	}
	addr, err := bindAndListen(fd)
	if err != nil {
		return -1, nil, errors.Join(err, syscall.Close(fd))
	}
	return fd, addr, nil
}

func bindAndListen(fd int) (*net.TCPAddr, error) {
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	if err := syscall.Listen(fd, 1024); err != nil {
		return nil, os.NewSyscallError("listen", err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	in4, ok := sa.(*syscall.SockaddrInet4)
	if !ok {
		return nil, fmt.Errorf("getsockname: unexpected %T", sa)
	}
	return &net.TCPAddr{IP: in4.Addr[:], Port: in4.Port}, nil
}

// Close makes the stop descriptor readable. Further calls do nothing.
func (l *ListenerFD) Close() error {
	_, err := l.wake.WriteString("x")
	return errors.Join(err, l.wake.Close())
}

// CloseFDs closes the two descriptors.
func (l *ListenerFD) CloseFDs() error {
	return errors.Join(syscall.Close(l.FD), syscall.Close(l.StopFD))
}

// Addr returns the address to dial.
func (l *ListenerFD) Addr() net.Addr { return l.addr }

// A LentFD is a descriptor that somebody else may have closed.
type LentFD struct {
	fd    int
	first descriptor.Identity
}

// Lend notes what an open descriptor refers to.
func Lend(fd int) *LentFD { return &LentFD{fd, descriptor.Identify(fd)} }

// Close closes the descriptor if it still is what it was: its number may belong
// to something else by now.
func (l *LentFD) Close() error {
	if descriptor.Identify(l.fd) != l.first {
		return nil
	}
	return descriptor.Close(l.fd)
}
