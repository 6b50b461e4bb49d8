// A goroutine waits for ctx.Done, and nothing stops it when the call returns.
//
// Seen: one leaked goroutine for each call, until the server shuts down.
// Caught by: R1 (leak), R6, R9, R14, R16
// Say: each call leaks a goroutine that waits for ctx.Done: stop it when the call returns, and wait for it.

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
	go func() {
		<-ctx.Done()
		setDeadline(time.Unix(1, 0))
	}()
	n, err := operate()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		<-ctx.Done()
		setDeadline(time.Time{})
		return n, ended(ctx)
	}
	return n, err
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
