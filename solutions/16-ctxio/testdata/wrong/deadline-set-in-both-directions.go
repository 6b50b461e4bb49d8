// SetDeadline is called instead of SetReadDeadline or SetWriteDeadline.
//
// Seen: easy to overlook while nobody reads and writes at the same time.
// Caught by: R10 (wrong value | never returned)
// Say: canceling a Read broke a Write: set the deadline of the call's own direction only.

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
	return obey(ctx, c.SetDeadline, func() (int, error) { return c.Read(p) })
}

func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetDeadline, func() (int, error) { return c.Write(p) })
}

func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetDeadline, func() (int, error) { return io.ReadFull(c, p) })
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
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return n, ended(ctx)
	}
	return n, err
}

func ended(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}
