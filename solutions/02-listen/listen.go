// Package listen opens listeners, serves a fixed number of clients, and tells
// errors apart: it says in one word what went wrong with a socket, whoever
// reports it and however deep the cause is wrapped.
package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
)

// Listen opens a TCP listener on addr, "host:port". The caller closes it.
//
// An empty host means 127.0.0.1, so that nobody outside this machine gets in
// who was not asked to; any other host is kept as it is, be it a name or an
// address, IPv6 in brackets ("[::1]:0"). Port 0 means a free port of the
// system's choice, which the listener's Addr tells. An addr without a port is
// an error, and so is the empty string. Errors keep their cause, so that
// errors.Is finds it.
func Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr) // for net.Listen "" is legal, and means every interface
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if host == "" { // which net.Listen takes for every interface
		host = "127.0.0.1"
	}
	return net.Listen("tcp", net.JoinHostPort(host, port)) // the port as it was asked for, brackets around IPv6
}

// ServeN accepts n clients from ln, one after the other: it calls h with the
// conn, closes the conn when h has returned, and only then takes the next. It
// returns how many clients it has served. A client counts as served whatever h
// returned, and h may close the conn itself. ServeN waits for clients and for h
// as long as they take, and sets no deadline of its own.
//
// The error is nil when all n were served. When Accept fails, ServeN returns
// the number so far and that error, wrapped or as it is: net.ErrClosed when ln
// was closed. Every such error ends it, even one that may pass, with one
// exception: ECONNABORTED (on Windows WSAECONNABORTED) says that a client gave
// up before it was accepted. It is passed over and counts for nothing.
//
// ServeN takes no more than n clients, none at all when n is 0, and leaves ln
// open.
func ServeN(ln net.Listener, n int, h func(net.Conn) error) (int, error) {
	served := 0
	for served < n {
		c, err := ln.Accept()
		if is(err, syscall.ECONNABORTED, wsaECONNABORTED) { // that client is gone, the next one is not
			continue
		}
		if err != nil { // every other error: trying again at once may go on for ever
			return served, err
		}
		h(c)      // its error is the client's own affair
		c.Close() // here, not deferred: the client waits for it now
		served++
	}
	return served, nil
}

// Kind says in one word what went wrong. It finds the cause however deep it is
// wrapped, and never goes by the text of an error.
//
//	""         nil: nothing went wrong
//	in-use     EADDRINUSE: the port is taken
//	denied     EACCES: the port is not for this user
//	not-local  EADDRNOTAVAIL: no interface of this machine has the address
//	refused    ECONNREFUSED: nobody listens there
//	reset      ECONNRESET, EPIPE, ECONNABORTED: the conn was broken off
//	closed     net.ErrClosed: this side has closed the conn or the listener
//	timeout    os.ErrDeadlineExceeded, context.DeadlineExceeded, ETIMEDOUT, and
//	           every net.Error whose Timeout method says so
//	canceled   context.Canceled
//	eof        io.EOF: the stream ended where it may
//	truncated  io.ErrUnexpectedEOF: the stream ended too early
//	other      everything else
//
// On Windows the numbers are those of Windows Sockets: WSAEADDRINUSE for
// EADDRINUSE, and so on. What an error with two kinds in it is called is not
// laid down.
func Kind(err error) string {
	switch {
	case err == nil:
		return ""
	case is(err, syscall.EADDRINUSE, wsaEADDRINUSE):
		return "in-use"
	case is(err, syscall.EACCES, wsaEACCES):
		return "denied"
	case is(err, syscall.EADDRNOTAVAIL, wsaEADDRNOTAVAIL):
		return "not-local"
	case is(err, syscall.ECONNREFUSED, wsaECONNREFUSED):
		return "refused"
	case is(err, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, wsaECONNRESET, wsaECONNABORTED):
		return "reset" // after a reset Write says EPIPE
	case is(err, net.ErrClosed):
		return "closed"
	case isTimeout(err):
		return "timeout"
	case is(err, context.Canceled):
		return "canceled"
	case is(err, io.EOF):
		return "eof"
	case is(err, io.ErrUnexpectedEOF): // which is not io.EOF
		return "truncated"
	default:
		return "other"
	}
}

// isTimeout reports whether err says that time ran out. Both sentinels come
// out of DialContext, depending on whether the context or the deadline of the
// socket is first; a resolver's timeout is neither of them.
func isTimeout(err error) bool {
	if is(err, os.ErrDeadlineExceeded, context.DeadlineExceeded, syscall.ETIMEDOUT, wsaETIMEDOUT) {
		return true
	}
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout() // a net.Error need not be a timeout
}

// is reports whether one of the causes is in err's chain.
func is(err error, causes ...error) bool {
	return slices.ContainsFunc(causes, func(cause error) bool { return errors.Is(err, cause) })
}

// The numbers of Windows Sockets. On Windows the constants of package syscall
// with the POSIX names are inventions which no socket call returns; elsewhere
// there are no errors with these numbers.
const (
	wsaEACCES        = syscall.Errno(10013)
	wsaEADDRINUSE    = syscall.Errno(10048)
	wsaEADDRNOTAVAIL = syscall.Errno(10049)
	wsaECONNABORTED  = syscall.Errno(10053)
	wsaECONNRESET    = syscall.Errno(10054)
	wsaETIMEDOUT     = syscall.Errno(10060)
	wsaECONNREFUSED  = syscall.Errno(10061)
)
