// Package echo is an echo server and its client. The server sends back every
// byte it receives and serves one client at a time; a later exercise serves
// many at once. Every error may be wrapped.
package echo

import (
	"errors"
	"net"
)

// ServeConn sends back every byte it reads from c, in order, until the client
// closes its side (Read returns io.EOF). That includes bytes that Read returns
// together with an error. A Read of 0 bytes without an error means nothing, but
// after 100 in a row ServeConn and RoundTrip may return an error. ServeConn returns
// how many bytes it sent back, and nil or an error that ended the conversation early.
//
// ServeConn sends what it has before it reads more. A client that waits for
// its echo gets it, and a client that never reads costs one buffer of memory, at
// most 512 KiB; the kernel's own buffers do not count. ServeConn does not close c.
// It may be called concurrently, for one conn each.
func ServeConn(c net.Conn) (int64, error) {
	// TODO: write this.
	return 0, errors.New("ServeConn is not written yet")
}

// Serve accepts clients from ln one at a time, serves each with ServeConn,
// and closes its conn. An error on one conn ends only that conversation.
//
// Serve returns nil once ln is closed (Accept returns net.ErrClosed), and any
// other Accept error, even a timeout. It does not close ln.
func Serve(ln net.Listener) error {
	// TODO: write this.
	return errors.New("Serve is not written yet")
}

// RoundTrip sends msg over c, reads a reply of the same length, and returns
// it. A nil error means that all of msg was sent and the whole reply was
// received. If msg is empty, so is the reply, and RoundTrip need not use c. If the
// reply ends early, RoundTrip returns the bytes so far and io.ErrUnexpectedEOF if the
// server closed its side, otherwise the error of Read. If Write fails, RoundTrip
// returns its error and any part of the reply. It may return at once, or wait until
// the reply has come or ended. If the reply ends early as well, the error of either
// is right.
//
// RoundTrip reads while it writes, because the server may answer before it
// has read anything. If the reply ends early, RoundTrip drops the rest of msg; a
// Write that it cancels for that has not failed. In any case its goroutines end
// before it returns. RoundTrip reads no byte beyond the reply, leaves c open, and
// does not modify msg.
//
// A deadline that the caller has set on c may end the call and may be gone after it.
// RoundTrip leaves none of its own. It may be called concurrently, for one conn each.
func RoundTrip(c net.Conn, msg []byte) ([]byte, error) {
	// TODO: write this.
	return nil, errors.New("RoundTrip is not written yet")
}
