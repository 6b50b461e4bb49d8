// The loop retries a Read that returned 0 bytes and never checks the error.
//
// Seen: the loop of the seed article, ported from a language where an empty
// read means the end.
// Caught by: R1 (spin | never returned), R2, R3, R4, R6, R7, R8, R13, R14
// Say: Read returned 0 bytes and io.EOF thousands of times; check the error,
// it means that the peer is done.

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

	sent := make(chan error, 1)
	go func() {
		sent <- send(c, request)
	}()
	reply, err := receive(ctx, c, limit)
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

func receive(ctx context.Context, c net.Conn, limit int) ([]byte, error) {
	var reply []byte
	buf := make([]byte, 4096)
	for len(reply) <= limit {
		if ctx.Err() != nil {
			return reply, ctx.Err()
		}
		n, _ := c.Read(buf)
		if n == 0 {
			continue
		}
		reply = append(reply, buf[:n]...)
	}
	return reply[:limit], ErrTooLarge
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
