// ReadFull wraps the conn in a new bufio.Reader on each call.
//
// Seen: the buffer reads ahead and is thrown away with the bytes that the caller did
//   not ask for.
// Caught by: R1 (never returned)
// Shows: left for the next call
// Say: the buffer read ahead and lost bytes of the next call: read straight into p.

package ctxio

import (
	"bufio"
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
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return io.ReadFull(bufio.NewReader(c), p) })
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
