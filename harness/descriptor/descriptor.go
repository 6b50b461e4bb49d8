// Package descriptor duplicates file descriptors, sends them to other
// processes, and makes sockets of package net of them. On Windows most of it
// fails with [errors.ErrUnsupported].
package descriptor

import (
	"errors"
	"io"
	"net"
	"os"
	"reflect"
	"syscall"
)

// Most is how many descriptors one message may carry on Linux (unix(7),
// SCM_RIGHTS).
const Most = 253

// An Identity tells what a descriptor refers to, so that another file that has
// got the same number is told apart. It is zero if the descriptor is not open.
type Identity struct{ device, inode uint64 }

// A Socket is one of the types that are a descriptor with methods.
type Socket interface {
	syscall.Conn
	io.Closer
}

// TypeOf returns the type of a [Socket] that [New] can make, such as
// "*net.TCPConn", and "" for any other value.
func TypeOf(v any) string {
	switch v.(type) {
	case *net.TCPConn, *net.UnixConn, *net.UDPConn, *net.TCPListener, *net.UnixListener, *os.File:
		return reflect.TypeOf(v).String()
	}
	return ""
}

// With calls f with the descriptor of a socket, which keeps its mode: the
// method Fd might make it block.
func With(s syscall.Conn, f func(fd int) error) error {
	raw, err := s.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// New makes a socket of that type of a descriptor, and closes the descriptor
// unless the socket is a file. name is the name of a file.
func New(typeName string, fd int, name string) (Socket, error) {
	f := os.NewFile(uintptr(fd), name)
	if typeName == "*os.File" {
		return f, nil
	}
	defer f.Close()
	if typeName == "*net.TCPListener" || typeName == "*net.UnixListener" {
		ln, err := net.FileListener(f)
		if err != nil {
			return nil, err
		}
		return ln.(Socket), nil
	}
	// FileConn sets options of TCP as it does for a new conn, and this socket
	// has its own.
	defer keepOptions(typeName, fd)()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return conn.(Socket), nil
}

// UnlinksOnClose reports whether Close of a Unix listener removes its path.
func UnlinksOnClose(ln *net.UnixListener) (bool, error) {
	unlink := reflect.ValueOf(ln).Elem().FieldByName("unlink")
	if unlink.Kind() != reflect.Bool {
		return false, errors.New("package net no longer says whether Close removes the path of a Unix listener")
	}
	return unlink.Bool(), nil
}
