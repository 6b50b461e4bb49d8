// Package ctxio makes a Read or Write on a [net.Conn] obey a
// [context.Context]. A conn knows nothing about contexts: only a deadline can
// wake a blocked call and leave the conn open. Layers with their own buffers
// on top of this one are the subject of later exercises.
//
// All three functions promise:
//
//   - When ctx is done, a blocked call returns at once. Its error is ctx's, which
//     wraps both ctx.Err() and context.Cause(ctx), even if a deadline that the
//     call has set on c expired just before ctx was done.
//   - No bytes are lost. The count is correct whatever the error is, and a
//     call may return both bytes and an error. If the call succeeds but ctx is
//     done when it returns, the error may be nil or ctx's, even with a full
//     count. If it fails for another reason, such as io.EOF, the error is c's,
//     even if ctx is done by then.
//   - If ctx is done before the call, the error is ctx's, and no bytes are
//     transferred: the call uses neither c.Read nor c.Write. With an empty p,
//     it may succeed instead.
//   - Once a call has returned, its ctx no longer affects c: the call has not
//     closed c, no deadline of the call is set or will be, and no goroutine is
//     left.
//   - The deadline of the other direction is left alone.
//
// Any call may clear a deadline that the caller has set on c for the direction
// of the call, because a net.Conn cannot report it. The call may ignore such a
// deadline or end by it, with c's error or, once ctx is done, with ctx's.
// A blocked call that ctx ended leaves c without a deadline in that direction. If
// c refuses to set a deadline, a call may return that error of c, before or after
// the transfer, even in place of nil or io.EOF; if it is blocked, it may stay so.
//
// When a deadline expires, the error of c wraps os.ErrDeadlineExceeded, as
// net.Conn documents. Other errors may have a Timeout method, too: ETIMEDOUT is
// c's own error.
//
// Only one call per direction may run at a time: two would share a deadline.
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

// Read reads into p as c.Read does: it blocks until bytes are available and
// returns how many it read. It returns errors of c, such as io.EOF, as they
// are. If ctx ends the call, the error is ctx's, as the package comment says.
func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	// SetReadDeadline, not SetDeadline: a Write may be in flight.
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return c.Read(p) })
}

// Write writes p as c.Write does and returns how many bytes it sent. If that is
// fewer than len(p), the error says why. If ctx ends the call, the count says
// where to continue under a fresh ctx, and the error is ctx's, as the package
// comment says.
func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetWriteDeadline, func() (int, error) { return c.Write(p) })
}

// ReadFull fills p, without a Read if p is empty, and returns how many bytes it
// read. If that is fewer than len(p), the error says why: as with io.ReadFull, it is
// io.EOF if the stream ended before the first byte and io.ErrUnexpectedEOF if it
// ended later. If c returns an error together with the last byte of p, the error is
// that or nil. If ctx ends the call, the error is ctx's, as the package comment says.
func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return io.ReadFull(c, p) })
}

// obey runs one blocking operation on a conn. When ctx is done, it ends the
// operation with the deadline of that direction.
func obey(ctx context.Context, setDeadline func(time.Time) error, operate func() (int, error)) (int, error) {
	if ctx.Err() != nil { // a conn with buffered bytes returns them whatever its deadline
		return 0, ended(ctx)
	}
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		setDeadline(time.Unix(1, 0)) // long past: wakes a blocked call at once
		close(set)
	})
	n, err := operate()
	if !stop() { // always: a ctx that is done later must not touch the conn
		<-set                    // or the deadline is set during the next call
		setDeadline(time.Time{}) // or the next call fails at once
	}
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return n, ended(ctx) // with n: these bytes have left the stream
	}
	return n, err
}

// ended returns an error that wraps ctx.Err() and the cause.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return context.Cause(ctx)
}
