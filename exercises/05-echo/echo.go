// Package echo is a server that sends back every byte it gets, and a client
// that talks to it. It serves one client after the other; serving many at
// once is the subject of a later exercise.
package echo

import (
	"errors"
	"net"
)

// ServeConn sends back every byte it reads from c, in order, until the client
// has ended its stream (Read gives io.EOF). It returns how many bytes it sent
// back, and nil, or the error that ended the conversation earlier.
//
// It sends back what it has before it reads on, so a client that waits for
// its echo gets it, and a client that never reads holds no more memory than
// one buffer. It does not close c.
func ServeConn(c net.Conn) (int64, error) {
	// TODO: write this.
	return 0, errors.New("ServeConn is not written yet")
}

// Serve accepts clients from ln, one after the other, serves each with
// ServeConn and closes its conn. A client that fails, whatever it does, ends
// its own conversation and nothing else.
//
// Serve returns nil once ln is closed (Accept gives net.ErrClosed), and the
// error of Accept when that fails for another reason. It does not close ln.
func Serve(ln net.Listener) error {
	// TODO: write this.
	return errors.New("Serve is not written yet")
}

// RoundTrip sends msg over c and reads until it has got as many bytes back,
// which it returns. If the conn ends or fails before, it returns the bytes so
// far and an error: io.ErrUnexpectedEOF when the server ended its stream.
//
// The server may answer before it has read everything, or anything at all:
// RoundTrip reads while it writes. It gives up what is not yet written when the
// reply ends early, and nothing of it goes on once it has returned. It reads no
// byte beyond the reply and leaves c open and msg as it is.
func RoundTrip(c net.Conn, msg []byte) ([]byte, error) {
	// TODO: write this.
	return nil, errors.New("RoundTrip is not written yet")
}
