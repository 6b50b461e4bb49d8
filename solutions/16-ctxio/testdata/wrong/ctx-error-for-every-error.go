// Every error of the conn is replaced by ctx's, even if ctx is not done.
//
// Seen: an EOF that became a nil error, and a loop that never ended.
// Caught by: R15 (no error)
// Say: the stream ended while ctx was not done, and the error is nil: replace only the error of your own deadline.

package ctxio

import (
	"context"
	"errors"
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
		setDeadline(time.Time{})
	}
	if err != nil {
		return n, errors.Join(ctx.Err(), context.Cause(ctx))
	}
	return n, nil
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
