// ctx's deadline is set on the conn, but a cancel has no effect.
//
// Seen: wrappers that copy ctx.Deadline() to the conn and do nothing else.
// Caught by: R2 (never returned), R3, R4, R6, R7, R8, R9, R11
// Say: a ctx from WithCancel has no effect: a ctx can be done without a deadline, or before it.

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

func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return c.Read(p) })
}

func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetWriteDeadline, func() (int, error) { return c.Write(p) })
}

func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return io.ReadFull(c, p) })
}

func obey(ctx context.Context, setDeadline func(time.Time) error, operate func() (int, error)) (int, error) {
	if ctx.Err() != nil {
		return 0, ended(ctx)
	}
	if deadline, ok := ctx.Deadline(); ok {
		setDeadline(deadline)
		defer setDeadline(time.Time{})
	}
	n, err := operate()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		<-ctx.Done()
		return n, ended(ctx)
	}
	return n, err
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
