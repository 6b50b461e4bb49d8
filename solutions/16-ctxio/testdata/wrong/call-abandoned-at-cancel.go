// The conn's call runs in a goroutine that is left behind when ctx is done.
//
// Seen: a common answer to "how do I give Read a context?".
// Caught by: R6 (never returned), R7, R8, R9, R12
// Say: the abandoned Read took the bytes meant for the next call: wake it with a deadline and wait for it.

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
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := operate()
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-ctx.Done():
		return 0, ended(ctx)
	}
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
