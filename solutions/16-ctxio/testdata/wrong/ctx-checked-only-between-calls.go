// ctx is checked before each call on the conn and never during one.
//
// Seen: the usual first version; a server that is told to stop hangs until its clients
//   send something.
// Caught by: R2 (never returned), R3, R4, R6, R7, R8, R9, R10, R11, R12, R13
// Say: ctx is done but Read is still blocked: wake the blocked call with a deadline.

package ctxio

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return c.Read(p) })
}

func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetWriteDeadline, func() (int, error) { return c.Write(p) })
}

func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return io.ReadFull(c, p) })
}

func obey(ctx context.Context, _ func(time.Time) error, operate func() (int, error)) (int, error) {
	if ctx.Err() != nil {
		return 0, ended(ctx)
	}
	n, err := operate()
	if ctx.Err() != nil && err != nil {
		return n, ended(ctx)
	}
	return n, err
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
