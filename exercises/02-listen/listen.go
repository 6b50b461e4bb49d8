// Package listen opens listeners, serves a fixed number of clients, and tells
// errors apart: it says in one word what went wrong with a socket, whoever
// reports it and however deep the cause is wrapped.
package listen

import (
	"errors"
	"net"
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
	// TODO: write this.
	return nil, errors.New("Listen is not written yet")
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
	// TODO: write this.
	return 0, errors.New("ServeN is not written yet")
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
	// TODO: write this.
	return "Kind is not written yet"
}
