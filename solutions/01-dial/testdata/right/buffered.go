// bufio on both ends; the goroutine reads, the call writes, and one more byte decides about the limit.

package dial

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
)

var ErrTooLarge = errors.New("reply is larger than the limit")

type result struct {
	reply []byte
	err   error
}

func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", addr)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = context.DeadlineExceeded // the dial has the deadline of ctx
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		<-ctx.Done()
		c.Close()
	}()
	defer func() { cancel(); <-closed }()

	received := make(chan result, 1)
	go func() {
		var r result
		r.reply, r.err = receive(bufio.NewReader(c), limit)
		if r.err != nil {
			c.Close()
		}
		received <- r
	}()
	sendErr := send(c, request)
	r := <-received
	if ctx.Err() != nil {
		return r.reply, context.Cause(ctx)
	}
	if r.err != nil {
		return r.reply, r.err
	}
	return r.reply, sendErr
}

func send(c net.Conn, request []byte) error {
	w := bufio.NewWriter(c)
	if _, err := w.Write(request); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return c.(interface{ CloseWrite() error }).CloseWrite()
}

func receive(r *bufio.Reader, limit int) ([]byte, error) {
	reply, err := io.ReadAll(io.LimitReader(r, int64(limit)))
	if err != nil || len(reply) < limit {
		return reply, err
	}
	switch _, err := r.ReadByte(); {
	case err == nil:
		return reply, ErrTooLarge
	case errors.Is(err, io.EOF):
		return reply, nil
	default:
		return reply, err
	}
}
