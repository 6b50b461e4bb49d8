// ReadFull reports a stream that ends in the middle as io.EOF.
//
// Seen: a loop of Read in place of io.ReadFull; a truncated message taken for a clean
//   end.
// Caught by: R15 (wrong error)
// Say: 3 of 8 bytes and then EOF is io.ErrUnexpectedEOF: io.EOF means that not even one byte was read.

package ctxio

import (
	"context"
	"errors"
	"fmt"
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
	n := 0
	for n < len(p) {
		k, err := Read(ctx, c, p[n:])
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
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
