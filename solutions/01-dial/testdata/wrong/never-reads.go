// Exchange sends the request and does not wait for the reply.
//
// Seen: first versions that pass the first requirement.
// Caught by: R2 (missing tail), R4, R6, R7, R8, R9, R10, R11, R14, R15
// Say: the request arrives, but you return before the reply does; read until
// EOF.

package dial

import (
	"context"
	"errors"
	"fmt"
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
	return nil, nil
}

func send(c net.Conn, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	return c.(*net.TCPConn).CloseWrite()
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
