// Exchange sets the deadline of ctx on the conn, and returns the conn's
// timeout error to the caller.
//
// Seen: SetDeadline with the deadline of ctx, which sometimes expires just
// before ctx does.
// Caught by: R15 (wrong error)
// Say: the conn timed out before ctx did; the caller expects
// context.DeadlineExceeded and knows nothing of your conn.

package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
)

var ErrTooLarge = errors.New("reply is larger than the limit")

func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		c.SetDeadline(deadline)
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()

	sent := make(chan error, 1)
	go func() {
		sent <- send(c, request)
	}()
	reply, err := receive(c, limit)
	if err != nil {
		c.Close()
	}
	if sendErr := <-sent; err == nil {
		err = sendErr
	}
	if err != nil {
		return reply, failed(ctx, err)
	}
	return reply, nil
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
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("exchange: %w", err)
}
