//go:build unix

package network

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"socketkata/harness/descriptor"
)

// A FileConn is a Unix stream whose Read keeps the descriptors that come with
// the bytes (unix(7), SCM_RIGHTS).
type FileConn struct {
	*net.UnixConn
	space []byte
	files []*os.File
	ahead bool // next has been read, and its descriptors
	next  byte
}

// WithFiles returns the conn, as a [*FileConn] if it is a Unix stream.
func WithFiles(c net.Conn) net.Conn {
	if u, ok := c.(*net.UnixConn); ok {
		return &FileConn{UnixConn: u, space: make([]byte, descriptor.Space())}
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
	n, fds, err := descriptor.Read(c.UnixConn, p, c.space)
	for _, fd := range fds {
		c.files = append(c.files, os.NewFile(uintptr(fd), "received"))
	}
	if errors.Is(err, io.EOF) {
		err = io.EOF // without the *net.OpError around it, as Read has it
	}
	return n, len(fds) > 0, err
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

// SendFiles sends bytes, at least one, and with the first of them descriptors
// of the files, which stay the caller's. It returns how many bytes were sent.
func SendFiles(c net.Conn, data []byte, files []*os.File) (int, error) {
	u, ok := c.(*FileConn)
	if !ok {
		return 0, fmt.Errorf("send files: a %T carries none", c)
	}
	fds := make([]int, len(files))
	for i, f := range files {
		if err := descriptor.With(f, func(fd int) error { fds[i] = fd; return nil }); err != nil {
			return 0, fmt.Errorf("send files: %w", err)
		}
	}
	n, err := descriptor.Write(u.UnixConn, data, fds)
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
	own := -1
	err := descriptor.With(s, func(fd int) (err error) {
		if own, _, err = descriptor.Duplicate(fd); err == nil {
			err = os.NewSyscallError("fcntl", syscall.SetNonblock(own, false))
		}
		return err
	})
	if err != nil {
		return -1, fmt.Errorf("duplicate a descriptor: %w", err)
	}
	return own, nil
}
