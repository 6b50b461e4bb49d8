//go:build unix

package cases

import (
	"io"
	"net"
	"os"
	"syscall"
)

// SendBack receives bytes with a file and sends the file back with them.
func SendBack(c *net.UnixConn) error { return sendBack(c, 0) }

// SendBackLate is SendBack that sends the file with the second byte.
func SendBackLate(c *net.UnixConn) error { return sendBack(c, 1) }

func sendBack(c *net.UnixConn, before int) error {
	p, control := make([]byte, 100), make([]byte, 100)
	n, m, _, _, err := c.ReadMsgUnix(p, control)
	if err != nil {
		return err
	}
	messages, err := syscall.ParseSocketControlMessage(control[:m])
	if err != nil {
		return err
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	defer syscall.Close(fds[0])
	if _, err = c.Write(p[:before]); err != nil {
		return err
	}
	_, _, err = c.WriteMsgUnix(p[before:n], syscall.UnixRights(fds[0]), nil)
	return err
}

// KeepBack receives bytes with a file and sends back the bytes alone.
func KeepBack(c *net.UnixConn) error {
	p := make([]byte, 100)
	n, err := c.Read(p) // the file is dropped
	if err == nil {
		_, err = c.Write(p[:n])
	}
	return err
}

// EchoFD echoes what comes over a descriptor until the stream ends.
func EchoFD(fd int) error {
	p := make([]byte, 100)
	for {
		n, err := syscall.Read(fd, p)
		if n <= 0 {
			return os.NewSyscallError("read", err)
		}
		if _, err := syscall.Write(fd, p[:n]); err != nil {
			return os.NewSyscallError("write", err)
		}
	}
}

// ListenAndEcho listens on a path of its own choice, and serves one client.
func ListenAndEcho(path string, listening chan<- string) error {
	ln, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	defer ln.Close()
	listening <- ln.Addr().String()
	c, err := ln.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.Copy(c, c)
	return err
}
