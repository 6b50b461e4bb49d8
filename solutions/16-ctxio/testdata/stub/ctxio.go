// Package ctxio lets a [context.Context] end a Read or a Write of a
// [net.Conn]. A conn knows nothing of contexts; the one thing that ends its
// blocked calls and leaves it open is a deadline. Layers above this one, with
// buffers of their own, are the subject of later exercises.
//
// What all three functions promise:
//
//   - A call that ctx ends returns at once. errors.Is finds both ctx.Err() and
//     context.Cause(ctx) in its error, even where a deadline of the conn
//     passed a moment before ctx was done.
//   - No byte is lost. The count is right whatever the error, and bytes and
//     an error may come together.
//   - A ctx that has ended before the call takes no byte: neither c.Read nor
//     c.Write is called.
//   - Once a call has returned, its ctx has no hold on c: c is open, no
//     deadline of the call is left or still to come, no goroutine goes on.
//   - The deadline of the other direction is not touched.
//
// A deadline that the caller has set on c in the direction of the call is not
// preserved, since a net.Conn cannot tell which one it has: it may or may not
// end the call, and a call that ctx ended leaves c without one.
//
// One call in each direction may run at a time; two in one direction would
// share its deadline.
package ctxio

import (
	"context"
	"errors"
	"net"
)

// Read reads into p as c.Read does: it waits for bytes, and returns as soon as
// there are some, with their number. Errors of c come back as they are, io.EOF
// among them. When ctx ends the call, the error is ctx's: see the package.
func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	// TODO: write this.
	return 0, errors.New("Read is not written yet")
}

// Write sends p as c.Write does and returns how many of its bytes were sent:
// fewer than len(p) only with an error. When ctx ends the call, the count says
// where to go on with a fresh ctx, and the error is ctx's: see the package.
func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	// TODO: write this.
	return 0, errors.New("Write is not written yet")
}

// ReadFull fills p. It returns the number of bytes read: fewer than len(p) only
// with an error, which is io.EOF if the stream ended before the first byte and
// io.ErrUnexpectedEOF if it ended later, as for io.ReadFull. When ctx ends the
// call, the error is ctx's: see the package.
func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	// TODO: write this.
	return 0, errors.New("ReadFull is not written yet")
}
