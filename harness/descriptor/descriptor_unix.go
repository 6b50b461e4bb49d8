//go:build unix

package descriptor

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// Sendable tells whether descriptors can be sent to another process here.
const Sendable = true

// Close closes a descriptor.
func Close(fd int) error { return os.NewSyscallError("close", syscall.Close(fd)) }

// Duplicate returns a close-on-exec duplicate, which the caller closes, and
// whether the descriptor itself is close-on-exec.
func Duplicate(fd int) (own int, onExec bool, err error) {
	if onExec, err = CloseOnExec(fd); err != nil {
		return -1, false, err
	}
	syscall.ForkLock.RLock() // no fork between dup and close-on-exec
	defer syscall.ForkLock.RUnlock()
	if own, err = syscall.Dup(fd); err != nil {
		return -1, onExec, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(own)
	return own, onExec, nil
}

// CloseOnExec reports whether an open descriptor is close-on-exec.
func CloseOnExec(fd int) (bool, error) {
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
	if errno != 0 {
		return false, os.NewSyscallError("fcntl", errno)
	}
	return flags&syscall.FD_CLOEXEC != 0, nil
}

// Identify returns what a descriptor refers to.
func Identify(fd int) Identity {
	var s syscall.Stat_t
	if syscall.Fstat(fd, &s) != nil {
		return Identity{}
	}
	return Identity{uint64(s.Dev), uint64(s.Ino)}
}

// Write writes bytes, at least one, and sends descriptors with the first of
// them.
func Write(c *net.UnixConn, p []byte, fds []int) (n int, err error) {
	n, _, err = c.WriteMsgUnix(p, syscall.UnixRights(fds...), nil)
	return n, err
}

// Space is the size of a buffer for the descriptors that one [Read] receives.
func Space() int { return syscall.CmsgSpace(Most * 4) }

// Read reads bytes and the descriptors that come with them, which are
// close-on-exec and the caller's. space is a buffer of [Space] bytes.
func Read(c *net.UnixConn, p, space []byte) (n int, fds []int, err error) {
	n, m, _, _, err := c.ReadMsgUnix(p, space)
	if err != nil || m == 0 {
		return max(n, 0), nil, err // ReadMsgUnix returns -1 with an error
	}
	messages, err := syscall.ParseSocketControlMessage(space[:m])
	if err != nil {
		return n, nil, fmt.Errorf("parse a control message: %w", err)
	}
	for i := range messages {
		if more, err := syscall.ParseUnixRights(&messages[i]); err == nil { // else credentials, for example
			fds = append(fds, more...)
		}
	}
	return n, fds, nil
}

// Pair returns the two ends of a Unix stream, one of them for a new process.
func Pair() (ours *net.UnixConn, theirs *os.File, err error) {
	syscall.ForkLock.RLock() // no fork between socketpair and close-on-exec
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "unix stream")
	s, err := New("*net.UnixConn", fds[0], "")
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return s.(*net.UnixConn), theirs, nil
}

// Open returns a close-on-exec descriptor of a new socket (socket(2)).
func Open(family, kind int) (int, error) {
	syscall.ForkLock.RLock() // no fork between socket and close-on-exec
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Socket(family, kind, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	syscall.CloseOnExec(fd)
	return fd, nil
}

// Spare returns a new descriptor of which [New] can make a socket of that type.
func Spare(typeName string) (int, error) {
	family, kind := syscall.AF_INET, syscall.SOCK_STREAM
	switch typeName {
	case "*net.UnixConn", "*net.UnixListener", "*os.File":
		family = syscall.AF_UNIX
	case "*net.UDPConn":
		kind = syscall.SOCK_DGRAM
	}
	return Open(family, kind)
}

// keepOptions reads a TCP socket's options and returns a function that sets
// them again.
func keepOptions(typeName string, fd int) (restore func()) {
	if typeName != "*net.TCPConn" {
		return func() {}
	}
	values := map[option]int{}
	for _, o := range options {
		if v, err := syscall.GetsockoptInt(fd, o.level, o.name); err == nil {
			values[o] = v
		}
	}
	return func() {
		for o, v := range values {
			syscall.SetsockoptInt(fd, o.level, o.name, v)
		}
	}
}

type option struct{ level, name int }
