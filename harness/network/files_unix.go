//go:build unix

package network

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// mostFiles is how many descriptors Linux lets one message carry (SCM_MAX_FD).
const mostFiles = 253

// A FileConn is a Unix stream whose Read keeps the descriptors that come with
// the bytes (unix(7), SCM_RIGHTS).
type FileConn struct {
	*net.UnixConn
	control []byte
	files   []*os.File
	ahead   bool // next has been read, and its descriptors
	next    byte
}

// WithFiles returns the conn, as a [*FileConn] if it is a Unix stream.
func WithFiles(c net.Conn) net.Conn {
	if u, ok := c.(*net.UnixConn); ok {
		return &FileConn{UnixConn: u, control: make([]byte, syscall.CmsgSpace(mostFiles*4))}
	}
	return c
}

// Read reads bytes, and keeps the descriptors that came with the first of them:
// none come with the others. One goroutine at a time may call it.
func (c *FileConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return c.UnixConn.Read(p)
	}
	if c.ahead {
		c.ahead, p[0] = false, c.next
		return 1, nil
	}
	n, carry, err := c.peek(p)
	if err != nil {
		return 0, err
	}
	if carry {
		return c.readApart(p)
	}
	n, _, err = c.read(p[:max(n, 1)])
	return n, err
}

// readApart reads byte by byte until descriptors come: recvmsg(2) of Linux reads
// across the beginning of bytes that carry some, and a peek does not tell where
// that is.
func (c *FileConn) readApart(p []byte) (int, error) {
	for i := range p {
		n, carried, err := c.read(p[i : i+1])
		switch {
		case n == 0:
			return i, err
		case carried && i == 0:
			return 1, err
		case carried:
			c.ahead, c.next = true, p[i]
			return i, nil
		}
	}
	return len(p), nil
}

// read reads bytes and reports whether descriptors came with one of them.
func (c *FileConn) read(p []byte) (n int, carried bool, err error) {
	n, m, _, _, err := c.ReadMsgUnix(p, c.control)
	if m > 0 {
		files, parseErr := filesIn(c.control[:m])
		c.files = append(c.files, files...)
		carried = len(files) > 0
		err = errors.Join(err, parseErr)
	}
	if errors.Is(err, io.EOF) {
		err = io.EOF // without the *net.OpError around it, as Read has it
	}
	return max(n, 0), carried, err // ReadMsgUnix returns -1 with an error
}

// Take returns the files that came with the bytes of the last Read. The caller
// closes them. It is for the goroutine that reads.
func (c *FileConn) Take() []*os.File {
	if c.ahead {
		return nil // they belong to the next byte
	}
	files := c.files
	c.files = nil
	return files
}

func filesIn(control []byte) (files []*os.File, err error) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return nil, fmt.Errorf("parse a control message: %w", err)
	}
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			continue // credentials, for example
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files, nil
}

// SendFiles sends bytes, at least one, and with the first of them descriptors
// of the files, which stay the caller's. It returns how many bytes were sent.
func SendFiles(c net.Conn, data []byte, files []*os.File) (int, error) {
	u, ok := c.(*FileConn)
	if !ok {
		return 0, fmt.Errorf("send files: a %T carries none", c)
	}
	fds := make([]int, len(files))
	for i, f := range files {
		raw, err := f.SyscallConn() // Fd would put the file into blocking mode
		if err != nil {
			return 0, fmt.Errorf("send files: %w", err)
		}
		if err := raw.Control(func(fd uintptr) { fds[i] = int(fd) }); err != nil {
			return 0, fmt.Errorf("send files: %w", err)
		}
	}
	n, _, err := u.WriteMsgUnix(data, syscall.UnixRights(fds...), nil)
	if err != nil || n == len(data) {
		return n, err
	}
	more, err := u.Write(data[n:])
	return n + more, err
}

// Duplicate returns a descriptor of a conn's socket, in blocking mode and
// close-on-exec, and closes the conn. The caller closes the descriptor.
func Duplicate(c net.Conn) (int, error) {
	defer c.Close()
	s, ok := c.(syscall.Conn)
	if !ok {
		return -1, fmt.Errorf("duplicate a descriptor: a %T has none", c)
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("duplicate a descriptor: %w", err)
	}
	own := -1
	var dupErr error
	err = raw.Control(func(fd uintptr) {
		syscall.ForkLock.RLock() // no fork between dup and close-on-exec
		defer syscall.ForkLock.RUnlock()
		if own, dupErr = syscall.Dup(int(fd)); dupErr == nil {
			syscall.CloseOnExec(own)
			dupErr = syscall.SetNonblock(own, false)
		}
	})
	if err := errors.Join(err, os.NewSyscallError("dup", dupErr)); err != nil {
		return -1, fmt.Errorf("duplicate a descriptor: %w", err)
	}
	return own, nil
}
