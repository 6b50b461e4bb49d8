// After a cancel, the conn gets a deadline in one hour instead of none.
//
// Seen: a generous limit mistaken for no limit; idle conns break after an hour.
// Caught by: R6 (returned early)
// Say: the conn now has a deadline that nobody set: only the zero time clears it.

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
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		setDeadline(time.Unix(1, 0))
		close(set)
	})
	n, err := operate()
	if !stop() {
		<-set
		setDeadline(time.Now().Add(time.Hour))
	}
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return n, ended(ctx)
	}
	return n, err
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
