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
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Read reads into p as c.Read does: it waits for bytes, and returns as soon as
// there are some, with their number. Errors of c come back as they are, io.EOF
// among them. When ctx ends the call, the error is ctx's: see the package.
func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	// SetReadDeadline, not SetDeadline: a Write may be under way.
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return c.Read(p) })
}

// Write sends p as c.Write does and returns how many of its bytes were sent:
// fewer than len(p) only with an error. When ctx ends the call, the count says
// where to go on with a fresh ctx, and the error is ctx's: see the package.
func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetWriteDeadline, func() (int, error) { return c.Write(p) })
}

// ReadFull fills p. It returns the number of bytes read: fewer than len(p) only
// with an error, which is io.EOF if the stream ended before the first byte and
// io.ErrUnexpectedEOF if it ended later, as for io.ReadFull. When ctx ends the
// call, the error is ctx's: see the package.
func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return io.ReadFull(c, p) })
}

// obey runs one blocking operation of a conn and ends it when ctx ends, by
// means of the deadline of its direction.
func obey(ctx context.Context, setDeadline func(time.Time) error, operate func() (int, error)) (int, error) {
	if ctx.Err() != nil { // a conn with bytes at hand gives them out whatever its deadline
		return 0, ended(ctx)
	}
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		setDeadline(time.Unix(1, 0)) // long past: wakes a blocked call at once
		close(set)
	})
	n, err := operate()
	if !stop() { // always: a ctx that ends later must find nothing to do
		<-set                    // or the deadline lands in the next call
		setDeadline(time.Time{}) // or the next call fails at once
	}
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return n, ended(ctx) // with n: the bytes are out of the stream
	}
	return n, err
}

// ended says that ctx ended, and why.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return context.Cause(ctx)
}
