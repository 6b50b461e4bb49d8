// A reader, a writer and a dialing goroutine; the call selects on their results and on ctx.

package dial

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
)

var ErrTooLarge = errors.New("reply is larger than the limit")

type dialled struct {
	conn net.Conn
	err  error
}

func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := connect(ctx, addr)
	if err != nil {
		return nil, err
	}
	var reply bytes.Buffer
	wrote, read := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := c.Write(request)
		if err == nil {
			err = c.(*net.TCPConn).CloseWrite()
		}
		wrote <- err
	}()
	go func() {
		_, err := io.Copy(&reply, &io.LimitedReader{R: c, N: max(int64(limit), int64(limit)+1)})
		read <- err
	}()

	var readErr, writeErr error
	var ended bool
	select {
	case <-ctx.Done():
		c.Close()
		readErr = <-read
	case readErr = <-read:
		ended = true
	}
	if !ended || readErr != nil || reply.Len() > limit {
		c.Close()
		<-wrote
	} else {
		select {
		case <-ctx.Done():
			c.Close()
			writeErr = <-wrote
		case writeErr = <-wrote:
		}
		c.Close()
	}
	switch {
	case ctx.Err() != nil:
		return head(reply.Bytes(), limit), ctx.Err()
	case reply.Len() > limit:
		return head(reply.Bytes(), limit), ErrTooLarge
	default:
		return reply.Bytes(), errors.Join(readErr, writeErr)
	}
}

func head(p []byte, n int) []byte { return p[:min(n, len(p))] }

// connect dials with net.Dial and closes a conn that arrives too late.
func connect(ctx context.Context, addr string) (net.Conn, error) {
	done := make(chan dialled, 1)
	go func() {
		c, err := net.Dial("tcp", addr)
		done <- dialled{c, err}
	}()
	select {
	case d := <-done:
		return d.conn, d.err
	case <-ctx.Done():
		go func() {
			if d := <-done; d.err == nil {
				d.conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}
