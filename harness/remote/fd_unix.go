//go:build unix

package remote

import (
	"net"
	"os"
	"reflect"
	"syscall"
)

// Supported tells whether code can run in a process of its own here.
const Supported = true

// sendFiles writes a frame's first byte or more, with descriptors (unix(7),
// SCM_RIGHTS).
func sendFiles(c *net.UnixConn, frame []byte, files []*os.File) (int, error) {
	fds := make([]int, len(files))
	for i, f := range files {
		fds[i] = int(f.Fd())
	}
	n, _, err := c.WriteMsgUnix(frame[:1], syscall.UnixRights(fds...), nil)
	return n, err
}

func receiveFiles(c *net.UnixConn, p []byte) (int, []*os.File, error) {
	oob := make([]byte, syscall.CmsgSpace(16*4))
	n, m, _, _, err := c.ReadMsgUnix(p, oob)
	if err != nil || m == 0 {
		return n, nil, err
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:m])
	if err != nil {
		return n, nil, err
	}
	var files []*os.File
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			return n, files, err
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "from the other process"))
		}
	}
	return n, files, nil
}

// notOpen stands for a descriptor that is not open: a number that is not open
// in the other process either. (Of -1, poll(2) takes no notice.)
const notOpen = "1048575"

func (e *End) encodeFD(fd int, files *[]*os.File) value {
	own, err := syscall.Dup(fd)
	if err != nil {
		return value{Kind: kindPlain, JSON: []byte(notOpen)}
	}
	syscall.CloseOnExec(own)
	*files = append(*files, os.NewFile(uintptr(own), "to the other process"))
	return value{Kind: kindFD}
}

// takeFD takes a descriptor as a number, which nobody closes behind its back.
func takeFD(files *[]*os.File) int {
	f := takeFile(files)
	if f == nil {
		return -1
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return -1
	}
	syscall.CloseOnExec(fd)
	return fd
}

// closeDescriptors closes the descriptors that a call had, which stay with
// the other end, and returns those that the function has closed itself.
func closeDescriptors(values []value, args []reflect.Value) (closed []int) {
	for i, v := range values {
		if v.Kind == kindFD && closeFD(int(args[i].Int())) != nil {
			closed = append(closed, i)
		}
	}
	return closed
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
