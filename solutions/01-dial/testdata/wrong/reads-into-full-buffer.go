// The loop reads into a buffer with no room left; Read returns 0 bytes and no
// error.
//
// Seen: loops around Read(buf[n:]) that only check for EOF.
// Caught by: R8 (never returned | spin), R9
// Say: your buffer is full, and Read into an empty slice returns 0 bytes at
// once, forever; leave room for one more byte.

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
	buf := make([]byte, limit)
	var n int
	for {
		m, err := c.Read(buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return buf[:n], nil
		}
		if err != nil {
			return buf[:n], err
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
