// Exchange closes the conn on success but not after an error.
//
// Seen: a Close on the last line instead of a defer.
// Caught by: R6 (leak), R8, R9, R10, R11, R14, R15
// Say: the call failed and left its conn open; defer the Close, so that no
// return can miss it.

package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

var ErrTooLarge = errors.New("reply is larger than the limit")

func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, failed(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	sent := make(chan error, 1)
	go func() {
		sent <- send(c, request)
	}()
	reply, err := receive(c, limit)
	if err != nil {
		c.SetDeadline(time.Unix(1, 0))
	}
	if sendErr := <-sent; err == nil {
		err = sendErr
	}
	if err != nil {
		return reply, failed(ctx, err)
	}
	return reply, c.Close()
}

func send(c net.Conn, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	return c.(*net.TCPConn).CloseWrite()
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
