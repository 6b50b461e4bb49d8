package fault

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"socketkata/harness/errno"
)

// EveryConn wraps each accepted conn, in the order given: the last wrapper is
// the one the subject holds.
func EveryConn(wrap ...func(net.Conn) net.Conn) func(net.Listener) net.Listener {
	wrap = slices.Clone(wrap)
	return func(l net.Listener) net.Listener { return &everyConn{listener{l}, wrap} }
}

type everyConn struct {
	listener
	wrap []func(net.Conn) net.Conn
}

func (l *everyConn) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	for _, wrap := range l.wrap {
		c = wrap(c)
	}
	return c, nil
}

// FailAccept makes the next calls of Accept fail at once with these errors,
// one each, and then go on normally; nil stands for a call that works. The
// subject sees the error inside an *net.OpError, as from the net package. No
// connection is lost: the peer waits in the queue. After Close, Accept fails
// with net.ErrClosed, whatever is left of errs.
//
// It happens to every busy server: see [TooManyFiles] and [Aborted].
func FailAccept(errs ...error) func(net.Listener) net.Listener {
	errs = slices.Clone(errs)
	return func(l net.Listener) net.Listener { return &failAccept{listener: listener{l}, errs: errs} }
}

type failAccept struct {
	listener

	mu     sync.Mutex
	errs   []error // those still to come; shared between listeners, never written to
	closed bool
}

func (l *failAccept) Accept() (net.Conn, error) {
	if err := l.next(); err != nil {
		return nil, l.acceptError(err)
	}
	return l.Listener.Accept()
}

// next takes the error for this call off the list.
func (l *failAccept) next() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.errs) == 0 {
		return nil
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return err
}

func (l *failAccept) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	return l.Listener.Close()
}

// acceptError returns err as Accept of the net package would.
func (l *failAccept) acceptError(err error) error {
	op := net.OpError{Op: "accept", Err: err}
	if inner, ok := err.(*net.OpError); ok {
		op = *inner
	}
	if op.Addr == nil {
		op.Net, op.Addr = l.Addr().Network(), l.Addr()
	}
	return &op
}

// TooManyFiles returns the error of Accept in a process that has no file
// descriptor left: EMFILE (on Windows WSAEMFILE). It lasts until somebody
// closes something, so calling Accept again at once only burns the processor.
// See accept(2) and getrlimit(2), RLIMIT_NOFILE.
func TooManyFiles() error {
	return &net.OpError{Op: "accept", Net: "tcp", Err: acceptFailed(syscall.EMFILE)}
}

// SystemFull returns the error of Accept when all processes together have used
// up the system's table of open files: ENFILE (on Windows WSAEMFILE). Like
// [TooManyFiles] it lasts for a while.
func SystemFull() error {
	return &net.OpError{Op: "accept", Net: "tcp", Err: acceptFailed(syscall.ENFILE)}
}

// acceptFailed is the error of the system call in Accept.
func acceptFailed(posix syscall.Errno) error {
	call := "accept"
	if runtime.GOOS == "windows" {
		call = "acceptex"
	}
	return os.NewSyscallError(call, errno.Of(posix))
}

// Aborted returns the error of Accept for a connection that was reset while it
// waited in the queue: ECONNABORTED (on Windows WSAECONNABORTED). It concerns
// that connection only; the next Accept works. See accept(2).
//
// The TCP listener of package net silently retries; listeners of other packages
// return it. The *net.OpError wraps the number itself, because only then does
// its Temporary return true.
func Aborted() error {
	return &net.OpError{Op: "accept", Net: "tcp", Err: errno.Of(syscall.ECONNABORTED)}
}

// A listener forwards SetDeadline, which *net.TCPListener has beyond
// net.Listener. SyscallConn and File are left out on purpose: they would carry
// connections around the fault.
type listener struct{ net.Listener }

func (l listener) SetDeadline(t time.Time) error {
	if inner, ok := l.Listener.(interface{ SetDeadline(time.Time) error }); ok {
		return inner.SetDeadline(t)
	}
	return fmt.Errorf("set deadline: %w", errors.ErrUnsupported)
}
