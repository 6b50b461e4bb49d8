package remote

import (
	"errors"
	"fmt"
	"syscall"

	"socketkata/harness/descriptor"
)

// nameDescriptor is the call for a duplicate of an object's descriptor.
const nameDescriptor = ".descriptor"

// hasDescriptor reports whether an object gives access to a descriptor now: a
// wrapper of a conn in memory may have the method, and it fails.
func hasDescriptor(object any) bool {
	s, ok := object.(syscall.Conn)
	if !ok {
		return false
	}
	_, err := s.SyscallConn()
	return err == nil
}

// A described object is a syscall.Conn.
type described struct{ of object }

// SyscallConn gives access to the descriptor at the other end.
func (d described) SyscallConn() (syscall.RawConn, error) { return rawSocket{d.of}, nil }

// A rawSocket gives access to the descriptor of an object of the other end, by
// a duplicate: socket options and names are those of the socket itself.
type rawSocket struct{ of object }

// Control calls f with a duplicate of the descriptor, which is closed
// afterwards.
func (r rawSocket) Control(f func(fd uintptr)) (err error) {
	var fd int
	r.of.ask(nameDescriptor, nil, []any{FD(&fd), &err})
	if err != nil {
		return err
	}
	defer descriptor.Close(fd)
	f(uintptr(fd))
	return nil
}

var errAway = fmt.Errorf("read or write the descriptor of another process: %w", errors.ErrUnsupported)

// Read and Write fail: bytes are read and written by the conn itself.
func (rawSocket) Read(func(fd uintptr) bool) error  { return errAway }
func (rawSocket) Write(func(fd uintptr) bool) error { return errAway }

// descriptorOf returns a duplicate of an object's descriptor.
func descriptorOf(object any) (int, error) {
	s, ok := object.(syscall.Conn)
	if !ok {
		return -1, fmt.Errorf("a %T has no descriptor", object)
	}
	return duplicate(s, new(plainSocket))
}
