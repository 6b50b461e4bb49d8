//go:build unix

package remote

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Supported tells whether code can run in a process of its own here.
const Supported = true

// sendFDs writes an envelope's first byte or more, with descriptors (unix(7),
// SCM_RIGHTS).
func sendFDs(c *net.UnixConn, envelope []byte, fds []int) (int, error) {
	n, _, err := c.WriteMsgUnix(envelope[:1], syscall.UnixRights(fds...), nil)
	return n, err
}

// receiveFDs reads bytes and the descriptors that come along, which get
// close-on-exec from package net.
func receiveFDs(c *net.UnixConn, p []byte) (int, []int, error) {
	oob := make([]byte, syscall.CmsgSpace(maxFDs*4))
	n, m, _, _, err := c.ReadMsgUnix(p, oob)
	if err != nil || m == 0 {
		return n, nil, err
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:m])
	if err != nil {
		return n, nil, err
	}
	var all []int
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			return n, all, err
		}
		all = append(all, fds...)
	}
	return n, all, nil
}

// duplicateFD also tells whether the descriptor itself is closed on exec.
func duplicateFD(fd int) (own int, onExec bool, err error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil {
		return -1, false, os.NewSyscallError("fcntl", err)
	}
	own, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	return own, flags&unix.FD_CLOEXEC != 0, os.NewSyscallError("fcntl", err)
}

// duplicate duplicates the descriptor of a socket, which keeps its mode:
// method Fd might make it block.
func duplicate(s syscall.Conn, p *plainSocket) (own int, err error) {
	raw, err := s.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		p.FD = int(fd)
		own, p.CloseOnExec, failed = duplicateFD(p.FD)
	})
	if err == nil {
		err = failed
	}
	return own, err
}

// spare returns a new descriptor of the kind that a type of socket wants.
func spare(typeName string) (int, error) {
	family, kind := unix.AF_INET, unix.SOCK_STREAM
	switch typeName {
	case "*net.UnixConn", "*net.UnixListener", "*os.File":
		family = unix.AF_UNIX
	case "*net.UDPConn":
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(family, kind, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, os.NewSyscallError("socket", err)
}

// tcpOptions reads a TCP socket's options and returns a function that sets
// them again.
func tcpOptions(typeName string, fd int) (restore func()) {
	if typeName != "*net.TCPConn" {
		return func() {}
	}
	values := map[option]int{}
	for _, o := range keptOptions() {
		if v, err := unix.GetsockoptInt(fd, o.level, o.name); err == nil {
			values[o] = v
		}
	}
	return func() {
		for o, v := range values {
			unix.SetsockoptInt(fd, o.level, o.name, v)
		}
	}
}

type option struct{ level, name int }

func inode(fd int) [2]uint64 {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return [2]uint64{}
	}
	return [2]uint64{uint64(stat.Dev), uint64(stat.Ino)}
}

func closeFD(fd int) error { return syscall.Close(fd) }

// socketPair returns the two ends of a Unix stream socket.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	mine, theirs := os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control")
	ours, err = unixConn(mine)
	if err != nil {
		theirs.Close()
	}
	return ours, theirs, err
}

func unixConn(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return c.(*net.UnixConn), nil
}
