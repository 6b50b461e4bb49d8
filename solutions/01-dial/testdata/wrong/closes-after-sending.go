// Exchange closes the whole conn after the request instead of half-closing
// it.
//
// Seen: first attempts to tell the server that the request is complete.
// Caught by: R2 (returned error), R3, R4, R6, R7, R8, R9, R10, R11, R13, R14, R15
// Say: Close ends both directions, so the reply is lost; CloseWrite ends only
// yours.

package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

var ErrTooLarge = errors.New("reply is larger than the limit")

func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()

	if err := send(c, request); err != nil {
		return nil, failed(ctx, err)
	}
	reply, err := receive(c, limit)
	if err != nil {
		return reply, failed(ctx, err)
	}
	return reply, nil
}

func send(c net.Conn, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	return c.Close()
}

func receive(c net.Conn, limit int) ([]byte, error) {
	reply, err := io.ReadAll(io.LimitReader(c, int64(limit)))
	if err != nil || len(reply) < limit {
		return reply, err
	}
	switch _, err := io.ReadFull(c, make([]byte, 1)); err {
	case io.EOF:
		return reply, nil
	case nil:
		return reply, ErrTooLarge
	default:
		return reply, err
	}
}

func failed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = context.DeadlineExceeded
	}
	return fmt.Errorf("exchange: %w", err)
}
