// Package dial is a client that makes one request: it dials a server, sends
// the request, and reads the whole reply. How a server listens is the subject
// of the next exercise.
package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// ErrTooLarge is the error of a reply that is longer than its limit.
var ErrTooLarge = errors.New("reply is larger than the limit")

// Exchange makes one request to the server at addr, such as "127.0.0.1:7",
// over TCP and returns the reply. It sends the request and half-closes the
// conn, so that the server sees the end of the request, and it reads until the
// server ends the reply. It reads while it sends, because a server may answer
// before it has read everything. The conn is closed when Exchange returns.
//
// A nil error means that the whole request went out and the reply came to its
// end. When the reply is over first, Exchange waits for the request to go out,
// or gives up with an error. With any error, Exchange returns the bytes of the
// reply so far:
//   - ErrTooLarge as soon as the reply is longer than limit bytes; the bytes
//     so far are then the first limit of them;
//   - the error or the cause of ctx, that is context.Canceled or
//     context.DeadlineExceeded, when ctx is over or its deadline has passed:
//     before the dial or at any moment later;
//   - the error of the network otherwise: ECONNREFUSED when nobody listens at
//     addr, ECONNRESET when the server broke off.
//
// Errors may be wrapped. Exchange may be called concurrently.
func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr) // net.Dial knows no ctx
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer c.Close()                                      // on every path, or the descriptor is lost
	stop := context.AfterFunc(ctx, func() { c.Close() }) // DialContext looks at ctx only while it dials
	defer stop()                                         // ctx may go on long after this call

	sent := make(chan error, 1)
	go func() { // a server that waits until its answer is read does not read
		sent <- send(c, request)
	}()
	reply, err := receive(c, limit)
	if err != nil {
		c.Close() // frees a Write that nobody reads
	}
	if sendErr := <-sent; err == nil {
		err = sendErr // after a reset, it may be Write that is told, and Read gives EOF
	}
	if err != nil {
		return reply, failed(ctx, err)
	}
	return reply, nil
}

// send writes the request and the end of it.
func send(c net.Conn, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	return c.(*net.TCPConn).CloseWrite() // FIN: a server may answer only now
}

// receive reads until the server's FIN, but at most limit bytes.
func receive(c net.Conn, limit int) ([]byte, error) {
	reply, err := io.ReadAll(io.LimitReader(c, int64(limit))) // one Read is not one reply
	if err != nil || len(reply) < limit {
		return reply, err // a reset is an error, EOF is none
	}
	switch _, err := io.ReadFull(c, make([]byte, 1)); err { // a full reply may end here
	case io.EOF:
		return reply, nil
	case nil:
		return reply, ErrTooLarge
	default:
		return reply, err
	}
}

// failed says why a call failed. Whatever the network reports once ctx is
// over, such as net.ErrClosed, only follows from that.
func failed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded): // a dial may see the deadline pass before ctx does
		err = context.DeadlineExceeded
	}
	return fmt.Errorf("exchange: %w", err)
}
