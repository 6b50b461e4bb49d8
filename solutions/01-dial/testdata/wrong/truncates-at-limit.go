// Exchange truncates a reply longer than limit and reports success.
//
// Seen: io.LimitReader, which returns EOF as if the reply had ended.
// Caught by: R8 (no error), R9
// Say: the reply continues after limit bytes and you returned it as complete;
// check for one more byte.

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
	return io.ReadAll(io.LimitReader(c, int64(limit)))
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
