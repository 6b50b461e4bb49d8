//go:build unix

package network

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
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
	stopFD, err := syscall.Dup(int(stop.Fd()))
	stop.Close()
	if err != nil {
		return nil, errors.Join(os.NewSyscallError("dup", err), syscall.Close(fd), wake.Close())
	}
	syscall.CloseOnExec(stopFD)
	return &ListenerFD{FD: fd, StopFD: stopFD, addr: addr, wake: wake}, nil
}

func listenFD() (int, *net.TCPAddr, error) {
	syscall.ForkLock.RLock() // no fork between socket and close-on-exec
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, nil, os.NewSyscallError("socket", err)
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
	inode uint64
}

// Lend notes what an open descriptor refers to.
func Lend(fd int) *LentFD { return &LentFD{fd, inode(fd)} }

// Close closes the descriptor if it still is what it was: its number may belong
// to something else by now.
func (l *LentFD) Close() error {
	if inode(l.fd) != l.inode {
		return nil
	}
	return os.NewSyscallError("close", syscall.Close(l.fd))
}

// inode identifies what an open descriptor refers to; 0 if it is not open.
func inode(fd int) uint64 {
	var s syscall.Stat_t
	if syscall.Fstat(fd, &s) != nil {
		return 0
	}
	return s.Ino
}

// CloseOnExec reports whether an open descriptor is close-on-exec.
func CloseOnExec(fd int) (bool, error) {
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
	if errno != 0 {
		return false, os.NewSyscallError("fcntl", errno)
	}
	return flags&syscall.FD_CLOEXEC != 0, nil
}
