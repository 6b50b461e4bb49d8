// Package dial is a client that makes one request: it dials a server, sends
// the request, and reads the whole reply. The next exercise is about the
// server's side.
package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// ErrTooLarge is the error for a reply that is longer than the limit.
var ErrTooLarge = errors.New("reply is larger than the limit")

// Exchange sends one request over TCP to the server at addr, such as
// "127.0.0.1:7", and returns the reply. It half-closes the conn after the
// request, so that the server sees its end, and reads until the server closes
// its side. It reads while it sends, because a server may answer before it has
// read everything. It dials once: whatever fails, it never repeats the request.
// It changes neither the request nor the bytes behind it, up to its capacity. The
// conn is closed when Exchange returns.
//
// A nil error means that the whole request was sent and the whole reply was
// received. If the reply ends first, Exchange waits until the request is sent
// or fails. With any error, Exchange returns the bytes of the reply that it has
// read. The error is
//   - ErrTooLarge as soon as the reply is longer than limit bytes, with the
//     first limit bytes;
//   - the error of ctx or its cause if ctx is done, before the dial or at any time
//     during the call; context.DeadlineExceeded if only its deadline has passed;
//   - otherwise the error of the network: ECONNREFUSED if nothing listens at
//     addr, ECONNRESET if the server resets the conn; if the request was not
//     sent completely, EPIPE is right, too.
//
// If the reply is too long and ctx is done, either error is right. A call that was
// complete before ctx was done may return nil. A limit of 0 allows only an empty
// reply, and math.MaxInt allows every reply; the limit is not negative. Errors may
// be wrapped. Exchange may be called concurrently.
func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr) // net.Dial takes no ctx
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer c.Close()                                      // on every path, or the descriptor leaks
	stop := context.AfterFunc(ctx, func() { c.Close() }) // DialContext uses ctx only while it dials
	defer stop()                                         // ctx may outlive this call

	sent := make(chan error, 1)
	go func() { // a server blocked in its own Write does not read
		sent <- send(c, request)
	}()
	reply, err := receive(c, limit)
	if err != nil {
		c.Close() // unblocks a Write to a server that does not read
	}
	if sendErr := <-sent; err == nil {
		err = sendErr // after a reset, Write may return the error, and Read EOF
	}
	if err != nil {
		return reply, failed(ctx, err)
	}
	return reply, nil
}

// send writes the request and half-closes the conn.
func send(c net.Conn, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	return c.(*net.TCPConn).CloseWrite() // FIN: some servers answer only now
}

// receive reads until the server's FIN and returns at most limit bytes.
func receive(c net.Conn, limit int) ([]byte, error) {
	reply, err := io.ReadAll(io.LimitReader(c, int64(limit))) // one Read is not one reply
	if err != nil || len(reply) < limit {
		return reply, err // a reset is an error, EOF is not
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

// failed returns the reason of a failed call. Once ctx is done, network errors
// such as net.ErrClosed are only a consequence.
func failed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded): // a dial may see the deadline pass before ctx is done
		err = context.DeadlineExceeded
	}
	return fmt.Errorf("exchange: %w", err)
}
