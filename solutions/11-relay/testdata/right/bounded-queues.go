// A bounded queue in each direction, with a goroutine at each end of it. A failure
// drops what the queues hold.

package relay

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	chunkSize = 16 << 10
	chunks    = 16 // 256 KiB wait in the queue, and two chunks are in hand
)

type side interface {
	net.Conn
	CloseWrite() error
	SetLinger(sec int) error
}

type joint struct {
	sides [2]side
	errs  chan error // the first error
	stop  chan struct{}
	moved atomic.Bool
	wg    sync.WaitGroup
}

func (j *joint) report(err error) {
	select {
	case j.errs <- err:
	default:
	}
}

func (j *joint) read(from int, queue chan<- []byte) {
	defer j.wg.Done()
	defer close(queue)
	for {
		p := make([]byte, chunkSize)
		n, err := j.sides[from].Read(p)
		if n > 0 {
			j.moved.Store(true)
			select {
			case queue <- p[:n]:
			case <-j.stop:
				return
			}
		}
		if err == io.EOF {
			queue <- nil
			return
		}
		if err != nil {
			j.report(err)
			return
		}
	}
}

func (j *joint) write(to int, queue <-chan []byte, total *int64) {
	defer j.wg.Done()
	broken := false
	for p := range queue {
		if broken {
			continue
		}
		if p == nil {
			j.sides[to].CloseWrite()
			continue
		}
		n, err := j.sides[to].Write(p)
		*total += int64(n)
		if n > 0 {
			j.moved.Store(true)
		}
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		if err != nil {
			j.report(err)
			broken = true
		}
	}
}

func Relay(ctx context.Context, a, b net.Conn, idle time.Duration) (ab, ba int64, err error) {
	j := &joint{
		sides: [2]side{a.(side), b.(side)},
		errs:  make(chan error, 1),
		stop:  make(chan struct{}),
	}
	if err = ctx.Err(); err != nil {
		j.reset()
		return 0, 0, err
	}
	q1, q2 := make(chan []byte, chunks), make(chan []byte, chunks)
	j.wg.Add(4)
	go j.read(0, q1)
	go j.write(1, q1, &ab)
	go j.read(1, q2)
	go j.write(0, q2, &ba)
	ended := make(chan struct{})
	go func() {
		j.wg.Wait()
		close(ended)
	}()
	err = j.watch(ctx, idle, ended)
	if err != nil {
		j.reset()
		close(j.stop)
		<-ended
		return ab, ba, err
	}
	a.Close()
	b.Close()
	return ab, ba, nil
}

func (j *joint) watch(ctx context.Context, idle time.Duration, ended <-chan struct{}) error {
	if idle > 0 {
		t := time.NewTimer(idle)
		defer t.Stop()
		return j.wait(ctx, ended, t.C, func() { t.Reset(idle) })
	}
	return j.wait(ctx, ended, nil, nil)
}

func (j *joint) wait(ctx context.Context, ended <-chan struct{}, silence <-chan time.Time, again func()) error {
	for {
		select {
		case err := <-j.errs:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-silence:
			if !j.moved.Swap(false) {
				return os.ErrDeadlineExceeded
			}
			again()
		case <-ended:
			select {
			case err := <-j.errs:
				return err
			default:
				return nil
			}
		}
	}
}

func (j *joint) reset() {
	for _, s := range j.sides {
		s.SetLinger(0)
	}
	for _, s := range j.sides {
		s.Close()
	}
}

func Serve(ctx context.Context, ln net.Listener, dial func(context.Context) (net.Conn, error), idle time.Duration) error {
	live, end := context.WithCancel(ctx)
	defer end()
	conns := make(chan net.Conn)
	broken := make(chan error, 1)
	go func() {
		defer close(conns)
		for {
			c, err := ln.Accept()
			if err != nil {
				broken <- err
				return
			}
			conns <- c
		}
	}()
	var wg sync.WaitGroup
	done := ctx.Done()
	for {
		select {
		case c, ok := <-conns:
			if !ok {
				end()
				ln.Close()
				wg.Wait()
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return <-broken
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				serveOne(live, c, dial, idle)
			}()
		case <-done:
			done = nil
			ln.Close() // conns ends soon
		}
	}
}

func serveOne(ctx context.Context, c net.Conn, dial func(context.Context) (net.Conn, error), idle time.Duration) {
	d, err := dial(ctx)
	if err != nil {
		c.Close()
		return
	}
	Relay(ctx, c, d, idle)
}
