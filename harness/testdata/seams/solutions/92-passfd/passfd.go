//go:build unix

// Package passfd hands open files over a Unix stream socket.
package passfd

import (
	"net"
	"os"
	"syscall"
)

// SendFile sends msg, at least one byte, over c, and with its first byte a
// descriptor of f. c and f stay open.
func SendFile(c *net.UnixConn, msg []byte, f *os.File) error {
	n, _, err := c.WriteMsgUnix(msg, syscall.UnixRights(int(f.Fd())), nil)
	if err != nil {
		return err
	}
	_, err = c.Write(msg[n:])
	return err
}

// RecvFile reads once from c into p. It returns the number of bytes and the first
// file that came with them, and closes the others. The file is nil if none
// came, and close-on-exec.
func RecvFile(c *net.UnixConn, p []byte) (n int, f *os.File, err error) {
	control := make([]byte, syscall.CmsgSpace(4*253)) // SCM_MAX_FD
	n, size, _, _, err := c.ReadMsgUnix(p, control)
	if err != nil {
		return n, nil, err
	}
	messages, err := syscall.ParseSocketControlMessage(control[:size])
	if err != nil {
		return n, nil, err
	}
	for _, m := range messages {
		fds, _ := syscall.ParseUnixRights(&m)
		for _, fd := range fds {
			if f == nil {
				f = os.NewFile(uintptr(fd), "received")
			} else {
				syscall.Close(fd)
			}
		}
	}
	return n, f, nil
}
