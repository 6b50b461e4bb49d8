// A watcher goroutine always learns that the call has returned and reports what it did; Write sends in chunks; a ctx that cannot be canceled costs nothing.

package ctxio

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

func with(ctx context.Context, arm func(time.Time) error, call func() (int, error)) (int, error) {
	if ctx.Done() == nil {
		return call()
	}
	if err := ctx.Err(); err != nil {
		return 0, errors.Join(context.Cause(ctx), err)
	}
	quit, joined := make(chan struct{}), make(chan bool)
	go func() {
		select {
		case <-ctx.Done():
			arm(time.Unix(1, 0))
			<-quit
			joined <- true
		case <-quit:
			joined <- false
		}
	}()
	n, err := call()
	quit <- struct{}{}
	woken := <-joined
	if woken {
		arm(time.Time{})
	}
	if woken && errors.Is(err, os.ErrDeadlineExceeded) {
		return n, errors.Join(context.Cause(ctx), ctx.Err())
	}
	return n, err
}

func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return with(ctx, c.SetReadDeadline, func() (int, error) { return c.Read(p) })
}

func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	done := 0
	for {
		part := p[done:min(len(p), done+4096)]
		n, err := with(ctx, c.SetWriteDeadline, func() (int, error) { return c.Write(part) })
		done += n
		if err != nil || done >= len(p) {
			return done, err
		}
	}
}

func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return io.ReadFull(reader{ctx, c}, p)
}

type reader struct {
	ctx context.Context
	c   net.Conn
}

func (r reader) Read(p []byte) (int, error) { return Read(r.ctx, r.c, p) }
