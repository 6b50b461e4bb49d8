// Package dial is a client that makes one request: it dials a server, sends
// the request, and reads the whole reply. The next exercise is about the
// server's side.
package dial

import (
	"context"
	"errors"
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
	// TODO: write this.
	return nil, errors.New("Exchange is not written yet")
}
