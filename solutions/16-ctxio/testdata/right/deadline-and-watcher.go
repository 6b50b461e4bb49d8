// ctx's deadline is set on the conn and a watcher goroutine handles a cancel; ReadFull is a loop of Read.

package ctxio

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

func Read(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetReadDeadline, func() (int, error) { return c.Read(p) })
}

func Write(ctx context.Context, c net.Conn, p []byte) (int, error) {
	return obey(ctx, c.SetWriteDeadline, func() (int, error) { return c.Write(p) })
}

func ReadFull(ctx context.Context, c net.Conn, p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k, err := Read(ctx, c, p[n:])
		n += k
		if n > 0 && n < len(p) && err == io.EOF {
			return n, io.ErrUnexpectedEOF
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func obey(ctx context.Context, setDeadline func(time.Time) error, operate func() (int, error)) (int, error) {
	if ctx.Err() != nil {
		return 0, ended(ctx)
	}
	if deadline, ok := ctx.Deadline(); ok {
		setDeadline(deadline)
	}
	var watcher sync.WaitGroup
	finished := make(chan struct{})
	watcher.Go(func() {
		select {
		case <-ctx.Done():
			setDeadline(time.Unix(0, 1))
		case <-finished:
		}
	})
	n, err := operate()
	close(finished)
	watcher.Wait()
	setDeadline(time.Time{})
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	<-ctx.Done()
	return n, ended(ctx)
}

func ended(ctx context.Context) error {
	return errors.Join(ctx.Err(), context.Cause(ctx))
}
