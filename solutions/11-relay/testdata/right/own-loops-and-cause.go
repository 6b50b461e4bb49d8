// Read and Write loops of its own, a time of the last byte, and errors that are
// wrapped. Serve ends by the cause of a context.

package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type streamConn interface {
	net.Conn
	CloseWrite() error
	SetLinger(sec int) error
}

type link struct {
	conns [2]streamConn
	idle  time.Duration
	last  atomic.Int64 // when a byte moved
	first chan error   // holds the first failure
}

func Relay(ctx context.Context, a, b net.Conn, idle time.Duration) (ab, ba int64, err error) {
	l := &link{conns: [2]streamConn{a.(streamConn), b.(streamConn)}, idle: idle, first: make(chan error, 1)}
	l.touch()
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		l.guard(ctx, stop)
	}()
	other := make(chan int64)
	go func() { other <- l.copy(1, 0) }()
	ab = l.copy(0, 1)
	ba = <-other
	close(stop)
	<-stopped
	for _, c := range l.conns {
		c.Close()
	}
	select {
	case err = <-l.first:
		return ab, ba, fmt.Errorf("relay: %w", err)
	default:
		return ab, ba, nil
	}
}

func (l *link) touch()                { l.last.Store(time.Now().UnixNano()) }
func (l *link) silent() time.Duration { return time.Since(time.Unix(0, l.last.Load())) }

func (l *link) guard(ctx context.Context, stop chan struct{}) {
	var wake <-chan time.Time
	for {
		if l.idle > 0 {
			wake = time.After(max(l.idle-l.silent(), 1))
		}
		select {
		case <-stop:
			return
		case <-ctx.Done():
			l.abort(ctx.Err())
			return
		case <-wake:
			if l.silent() >= l.idle {
				l.abort(os.ErrDeadlineExceeded)
				return
			}
		}
	}
}

func (l *link) abort(err error) {
	select {
	case l.first <- err:
	default:
	}
	for _, c := range l.conns {
		c.SetLinger(0)
		c.Close()
	}
}

func (l *link) copy(from, to int) (n int64) {
	src, dst := l.conns[from], l.conns[to]
	for buf := make([]byte, 64<<10); ; {
		m, err := src.Read(buf)
		if m > 0 {
			l.touch()
			written, werr := dst.Write(buf[:m])
			n += int64(written)
			if werr != nil {
				l.abort(werr)
				return n
			}
			l.touch()
		}
		if errors.Is(err, io.EOF) {
			err = dst.CloseWrite()
			if err == nil {
				return n
			}
		}
		if err != nil {
			l.abort(err)
			return n
		}
	}
}

func Serve(ctx context.Context, ln net.Listener, dial func(context.Context) (net.Conn, error), idle time.Duration) error {
	inner, cancel := context.WithCancelCause(ctx)
	var all sync.WaitGroup
	all.Go(func() { cancel(accept(inner, &all, ln, dial, idle)) })
	<-inner.Done()
	err := context.Cause(inner)
	if ctx.Err() != nil {
		err = ctx.Err() // which may have a cause of its own
	}
	ln.Close()
	all.Wait()
	return fmt.Errorf("serve: %w", err)
}

func accept(ctx context.Context, all *sync.WaitGroup, ln net.Listener, dial func(context.Context) (net.Conn, error), idle time.Duration) error {
	for {
		client, err := ln.Accept()
		if err != nil {
			return err
		}
		all.Go(func() {
			if feed, err := dial(ctx); err != nil {
				client.Close()
			} else {
				Relay(ctx, client, feed, idle)
			}
		})
	}
}
