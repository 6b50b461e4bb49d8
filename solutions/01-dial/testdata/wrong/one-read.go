// Exchange takes one Read for the whole reply.
//
// Seen: the clients of the seed article; they work as long as replies are
// short.
// Caught by: R2 (missing tail), R6, R7, R8, R10, R11
// Say: a reply arrives in any number of pieces; read until EOF.

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
	reply := make([]byte, min(limit+1, 32<<20))
	n, err := c.Read(reply)
	if n > limit {
		return reply[:limit], ErrTooLarge
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return reply[:n], err
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
