// Readers and writers are goroutines of their own, joined by channels without
// room. One select owns everything that the two directions report.

package relay

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// A report is what a goroutine says: it moved n bytes to conn, or has ended.
type report struct {
	to    int
	n     int64
	err   error
	ended bool
}

func Relay(ctx context.Context, a, b net.Conn, idle time.Duration) (ab, ba int64, err error) {
	conns := [2]net.Conn{a, b}
	reports, failed := make(chan report), make(chan struct{})
	for to, dst := range conns {
		pieces := make(chan []byte)
		quit := make(chan struct{})
		go read(conns[1-to], pieces, quit, failed, reports)
		go write(dst, to, pieces, quit, reports)
	}
	var counts [2]int64
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	expired := timer.C
	if idle <= 0 {
		expired = nil
	} else {
		timer.Reset(idle)
	}
	done := ctx.Done()
	fail := func(why error) {
		if err == nil {
			err = why
			defer close(failed)
			for _, c := range conns {
				c.(interface{ SetLinger(int) error }).SetLinger(0)
				c.Close()
			}
		}
		done, expired = nil, nil
	}
	for running := 4; running > 0; {
		select {
		case r := <-reports:
			counts[r.to] += r.n
			if idle > 0 {
				timer.Reset(idle)
			}
			if r.err != nil {
				fail(r.err)
			}
			if r.ended {
				running--
			}
		case <-done:
			fail(ctx.Err())
		case <-expired:
			fail(os.ErrDeadlineExceeded)
		}
	}
	a.Close()
	b.Close()
	return counts[1], counts[0], err
}

// read hands over a copy of each piece, and tells that it moved. It closes pieces
// at the end of the stream or when the relay has failed.
func read(src net.Conn, pieces chan<- []byte, quit, failed <-chan struct{}, reports chan<- report) {
	defer close(pieces)
	buf := make([]byte, 16<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			select {
			case pieces <- append([]byte(nil), buf[:n]...):
			case <-quit:
			}
		}
		switch {
		case err == io.EOF:
			reports <- report{ended: true}
			return
		case err != nil:
			reports <- report{err: err, ended: true}
			<-failed
			return
		}
		reports <- report{}
	}
}

func write(dst net.Conn, to int, pieces <-chan []byte, quit chan<- struct{}, reports chan<- report) {
	defer close(quit)
	for p := range pieces {
		n, err := dst.Write(p)
		reports <- report{to: to, n: int64(n), err: err, ended: err != nil}
		if err != nil {
			return
		}
	}
	reports <- report{to: to, err: dst.(interface{ CloseWrite() error }).CloseWrite(), ended: true}
}

func Serve(ctx context.Context, ln net.Listener, dial func(context.Context) (net.Conn, error), idle time.Duration) (err error) {
	var mu sync.Mutex
	clients, none := 0, sync.NewCond(&mu)
	own, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(own, func() { ln.Close() })
	for err == nil {
		var c net.Conn
		if c, err = ln.Accept(); err != nil {
			break
		}
		mu.Lock()
		clients++
		mu.Unlock()
		go func() {
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				clients--
				none.Broadcast()
			}()
			backend, err := dial(own)
			if err != nil {
				c.Close()
				return
			}
			Relay(own, c, backend, idle)
		}()
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	stop()
	cancel()
	ln.Close()
	mu.Lock()
	defer mu.Unlock()
	for clients > 0 {
		none.Wait()
	}
	return err
}
