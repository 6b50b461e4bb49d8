// Package dial is a client that makes one request: it dials a server, sends
// the request, and reads the whole reply. How a server listens is the subject
// of the next exercise.
package dial

import (
	"context"
	"errors"
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
	// TODO: write this.
	return nil, errors.New("Exchange is not written yet")
}
