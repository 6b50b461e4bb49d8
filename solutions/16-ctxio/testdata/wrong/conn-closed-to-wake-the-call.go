// The conn is closed to wake the blocked call.
//
// Seen: common advice, and right only where the conn is no longer needed.
// Caught by: R6 (returned error), R7, R8, R9, R10, R12
// Shows: use of closed network connection
// Say: a canceled Read closed the conn: a deadline wakes the call and leaves the conn open.

package ctxio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
)

func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c, func() (int, error) { return c.Read(p) })
}

func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c, func() (int, error) { return c.Write(p) })
}

func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c, func() (int, error) { return io.ReadFull(c, p) })
}

func obey(ctx context.Context, c net.Conn, operate func() (int, error)) (int, error) {
	if ctx.Err() != nil {
		return 0, ended(ctx)
	}
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.Close()
		close(set)
	})
	n, err := operate()
	if !stop() {
		<-set
	}
	if ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
		return n, ended(ctx)
	}
	return n, err
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
