// Package listen opens listeners, serves a fixed number of clients, and
// classifies errors: one word says what went wrong with a socket, however
// deep the cause is wrapped.
package listen

import (
	"errors"
	"net"
)

// Listen opens a TCP listener on addr, "host:port". The caller closes it.
//
// An empty host, ":0" or "[]:0", means 127.0.0.1: only this machine can connect.
// Any other host is used as given: a name, an IPv4 address, or an IPv6 address in
// brackets ("[::1]:0"). A listener on 0.0.0.0 may accept IPv6 too. For port 0
// the system picks a free port, which the listener's Addr returns. An addr
// without a port is an error, even the empty string; one that ends in a colon,
// even ":", may mean port 0 or be an error. Errors of the system may be wrapped,
// and errors.Is finds them.
func Listen(addr string) (net.Listener, error) {
	// TODO: write this.
	return nil, errors.New("Listen is not written yet")
}

// ServeN serves n clients from ln, one at a time: it accepts a conn, calls h
// with it, closes it when h returns, and only then accepts the next. It returns
// the number of clients served. A client counts as served even if h returned an
// error, and h may close the conn itself. ServeN changes no deadline of ln or of a
// conn, not even one that its caller has set; without one it waits for clients and
// for h as long as they take.
//
// The error is nil if all n clients were served. If Accept fails, ServeN
// returns the count so far and that error, wrapped or not: net.ErrClosed if ln
// was closed. Even a transient error ends ServeN, with one exception:
// ECONNABORTED, wrapped or not (WSAECONNABORTED on Windows), means that a client
// gave up before it was accepted. ServeN skips that client and does not count it.
//
// ServeN accepts exactly n clients, and none if n is 0. It leaves ln open, even
// after an error. Several ServeN may run at once on different listeners.
func ServeN(ln net.Listener, n int, h func(net.Conn) error) (int, error) {
	// TODO: write this.
	return 0, errors.New("ServeN is not written yet")
}

// Kind returns one word for what went wrong. It finds the cause (by errors.Is)
// however deep it is wrapped, and never looks at the text of an error.
//
//	""         nil: nothing went wrong
//	in-use     EADDRINUSE: the port is taken
//	denied     EACCES: this user may not use the port
//	not-local  EADDRNOTAVAIL: no interface of this machine has the address
//	refused    ECONNREFUSED: nothing listens at the address
//	reset      ECONNRESET, EPIPE, ECONNABORTED: the conn was reset
//	closed     net.ErrClosed: this side closed the conn or the listener
//	timeout    os.ErrDeadlineExceeded, context.DeadlineExceeded, ETIMEDOUT, and
//	           a net.Error whose Timeout method returns true
//	canceled   context.Canceled
//	eof        io.EOF: the stream ended normally
//	truncated  io.ErrUnexpectedEOF: the stream ended too early
//	other      everything else, such as EPERM or io.ErrClosedPipe
//
// On Windows the error numbers are those of Windows Sockets: WSAEADDRINUSE
// for EADDRINUSE, and so on. The errors listed count wherever they are. If an
// error wraps several of them, any of their words is right, and if it wraps several
// net.Errors, Kind may ask only one of them for its Timeout.
func Kind(err error) string {
	// TODO: write this.
	return "Kind is not written yet"
}
