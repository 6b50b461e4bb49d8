package listen_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"time"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// greet is a handler that sends hello and returns.
func greet(c net.Conn) error {
	_, err := io.WriteString(c, "hello\n")
	return err
}

// greetBadly sends hello and fails.
func greetBadly(c net.Conn) error { return errors.Join(greet(c), errGreeting) }

// errGreeting wraps errors that would mean something else if Accept returned them.
var errGreeting = errors.Join(errors.New("the handler failed"), fault.Aborted(), errReset, net.ErrClosed, os.ErrDeadlineExceeded)

// greetAndClose sends hello and closes the conn.
func greetAndClose(c net.Conn) error { return errors.Join(greet(c), c.Close()) }

// greetAndWait sends hello and returns once the client has sent a byte.
func greetAndWait(c net.Conn) error {
	if err := greet(c); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 1))
	return err
}

// A proxied listener wraps the errors of Accept, as layers above package net do.
type proxied struct{ net.Listener }

func (l proxied) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	return c, nil
}

// A lingering conn's Close waits until the peer has sent a byte.
type lingering struct{ net.Conn }

func (c lingering) Close() error {
	c.SetReadDeadline(time.Time{})
	c.Read(make([]byte, 1))
	return c.Conn.Close()
}

// linger makes a conn lingering, and lets its deadline pass for reads.
func linger(c net.Conn) net.Conn {
	c.SetReadDeadline(time.Unix(1, 0))
	return lingering{c}
}

// errDown is the error of a listener that has lost its network interface.
var errDown = errors.New("network is down")

// The errors of the system calls. Windows has its own numbers for sockets.
var (
	errDenied   = number(syscall.EACCES, 10013)
	errInUse    = number(syscall.EADDRINUSE, 10048)
	errNoRoute  = number(syscall.EHOSTUNREACH, 10065)
	errNotLocal = number(syscall.EADDRNOTAVAIL, 10049)
	errReset    = number(syscall.ECONNRESET, 10054)
	errTimedOut = number(syscall.ETIMEDOUT, 10060)
	errRefused  = number(syscall.ECONNREFUSED, 10061)
)

func number(unix, windows syscall.Errno) syscall.Errno {
	if runtime.GOOS == "windows" {
		return windows
	}
	return unix
}

// failed returns the error of a failed system call as package net wraps it.
func failed(op, call string, errno syscall.Errno) error {
	return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(call, errno)}
}

// A handshakeError wraps its cause like the errors of package crypto/tls.
type handshakeError struct {
	text  string
	cause error
}

func (e handshakeError) Error() string { return e.text }
func (e handshakeError) Unwrap() error { return e.cause }

// An unanswered error is a net.Error of a protocol's own.
type unanswered struct{ error }

func (unanswered) Timeout() bool   { return true }
func (unanswered) Temporary() bool { return false }

// An errorList is a slice, so comparing two of them with == panics, and so does
// a map with one as its key.
type errorList []error

func (l errorList) Error() string   { return errors.Join(l...).Error() }
func (l errorList) Unwrap() []error { return l }

// A verdict is what Kind says of an error, or expectHost of a listener, as a failure
// prints it.
type verdict string

func about(err error, kind string) verdict {
	if err == nil {
		return verdict(fmt.Sprintf("%q for nil", kind))
	}
	return verdict(fmt.Sprintf("%q for the %T %q", kind, err, err))
}

// kindOf calls Kind with err. If Kind panics, kindOf calls it again in a
// goroutine of the bench, which fails only this test and shows the line.
func kindOf(b *peer.Bench, err error) (v verdict) {
	defer func() {
		if p := recover(); p != nil {
			v = verdict(fmt.Sprint("panic: ", p))
			peer.Start(b, "Kind", func() (string, error) { return listen.Kind(err), nil }).
				Result(fmt.Sprintf("Kind returns for the %T %q", err, fmt.Sprint(err)))
		}
	}()
	return about(err, listen.Kind(err))
}

// expectHost checks the host of the listener that Listen(asked) has returned. A
// failure shows the listener.
func expectHost(b *peer.Bench, reason, asked string, ln net.Listener, want verdict, fits func(netip.Addr) bool) {
	b.Helper()
	got := want
	if !fits(netip.MustParseAddrPort(ln.Addr().String()).Addr()) {
		got = verdict(fmt.Sprintf("Listen(%q) returned a listener at %s (%s)", asked, ln.Addr(), ln.Addr().Network()))
	}
	b.Equal(reason, want, got)
}

// is returns a function that reports whether an address is that one.
func is(host string) func(netip.Addr) bool {
	return func(a netip.Addr) bool { return a == netip.MustParseAddr(host) }
}
