// Exchange returns everything it read, not only the first limit bytes.
//
// Seen: limit checks that come after the append.
// Caught by: R9 (extra bytes)
// Say: you noticed that the reply is too large, but returned more than limit
// bytes of it.

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
	var reply []byte
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		reply = append(reply, buf[:n]...)
		if len(reply) > limit {
			return reply, ErrTooLarge
		}
		if errors.Is(err, io.EOF) {
			return reply, nil
		}
		if err != nil {
			return reply, err
		}
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
