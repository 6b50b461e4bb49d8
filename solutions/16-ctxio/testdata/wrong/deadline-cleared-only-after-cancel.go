// The deadline is cleared after a cancel but not after a timeout.
//
// Seen: the timeout is the path that tests leave out.
// Caught by: R6 (returned error), R12
// Shows: a call that timed out leaves
// Say: after an inner timeout, calls under the outer context fail: clear the deadline whatever ended the call.

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
		if errors.Is(ctx.Err(), context.Canceled) {
			setDeadline(time.Time{})
		}
	}
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return n, ended(ctx)
	}
	return n, err
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
