// Deadlines on each Read and Write instead of a timer: a deadline that has been put
// off since is tried again with the bytes that are left.

package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

type conn interface {
	net.Conn
	CloseWrite() error
	SetLinger(int) error
}

func Relay(ctx context.Context, x, y net.Conn, idle time.Duration) (ab, ba int64, err error) {
	a, b := x.(conn), y.(conn)
	var (
		mu    sync.Mutex
		last  = time.Now()
		first error
	)
	abort := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if first != nil {
			return
		}
		first = err
		a.SetLinger(0)
		b.SetLinger(0)
		a.Close()
		b.Close()
	}
	if err := ctx.Err(); err != nil {
		abort(err)
		return 0, 0, err
	}
	hooked := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(hooked)
		abort(ctx.Err())
	})
	touch := func() {
		mu.Lock()
		last = time.Now()
		mu.Unlock()
	}
	// limit is the time at which silence would be long enough.
	limit := func() time.Time {
		if idle <= 0 {
			return time.Time{}
		}
		mu.Lock()
		defer mu.Unlock()
		return last.Add(idle)
	}
	// early says that err is only a deadline that has been put off since.
	early := func(err error) bool {
		return errors.Is(err, os.ErrDeadlineExceeded) && idle > 0 && time.Now().Before(limit())
	}
	write := func(dst conn, p []byte, total *int64) error {
		for len(p) > 0 {
			dst.SetWriteDeadline(limit())
			n, err := dst.Write(p)
			*total += int64(n)
			p = p[n:]
			if n > 0 {
				touch()
			}
			switch {
			case err != nil && early(err):
			case err != nil:
				return fmt.Errorf("relay: write: %w", err)
			case n == 0:
				return io.ErrShortWrite
			}
		}
		return nil
	}
	oneWay := func(dst, src conn, total *int64) {
		p := make([]byte, 64<<10)
		for {
			src.SetReadDeadline(limit())
			n, rerr := src.Read(p)
			if n > 0 {
				touch()
			}
			werr := write(dst, p[:n], total)
			switch {
			case rerr != nil && rerr != io.EOF && !early(rerr):
				abort(fmt.Errorf("relay: read: %w", rerr))
				return
			case werr != nil:
				abort(werr)
				return
			case rerr == io.EOF:
				dst.CloseWrite() // if this fails, dst's own Read or Write says why
				return
			}
		}
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		oneWay(b, a, &ab)
	}()
	oneWay(a, b, &ba)
	wg.Wait()
	if !stop() {
		<-hooked
	}
	if first == nil {
		a.Close()
		b.Close()
	}
	return ab, ba, first
}

func Serve(ctx context.Context, ln net.Listener, dial func(context.Context) (net.Conn, error), idle time.Duration) (err error) {
	ctx2, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer func() {
		if ctx.Err() != nil {
			err = fmt.Errorf("serve: %w", ctx.Err())
		}
		stop()
		cancel()
		ln.Close()
		clients.Wait()
	}()
	for {
		client, err := ln.Accept()
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		clients.Go(func() {
			if feed, err := dial(ctx2); err != nil {
				client.(conn).SetLinger(0)
				client.Close()
			} else {
				Relay(ctx2, client, feed, idle)
			}
		})
	}
}
