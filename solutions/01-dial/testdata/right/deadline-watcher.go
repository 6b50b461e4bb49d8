// A watcher goroutine unblocks the call with a past deadline; the Read loop uses the bytes before the error.

package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

var ErrTooLarge = errors.New("reply is larger than the limit")

func Exchange(ctx context.Context, addr string, request []byte, limit int) (reply []byte, err error) {
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("exchange with %s: %w", addr, ctx.Err())
		} else if end, ok := ctx.Deadline(); ok && err != nil && !errors.Is(err, ErrTooLarge) && !time.Now().Before(end) {
			err = context.DeadlineExceeded
		}
	}()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	c := conn.(*net.TCPConn)

	var wg sync.WaitGroup
	defer wg.Wait()
	done := make(chan struct{})
	defer close(done)
	defer c.Close()
	wg.Go(func() {
		select {
		case <-ctx.Done():
			c.SetDeadline(time.Unix(1, 0))
		case <-done:
		}
	})
	var sendErr error
	sent := make(chan struct{})
	wg.Go(func() {
		defer close(sent)
		for len(request) > 0 {
			n, err := c.Write(request[:min(len(request), 4096)])
			if request = request[n:]; err != nil {
				sendErr = fmt.Errorf("send: %w", err)
				return
			}
		}
		sendErr = c.CloseWrite()
	})

	buf := make([]byte, 1500)
	for {
		n, err := c.Read(buf)
		if len(reply)+n > limit {
			return append(reply, buf[:limit-len(reply)]...), ErrTooLarge
		}
		reply = append(reply, buf[:n]...)
		if err == io.EOF {
			<-sent
			return reply, sendErr
		}
		if err != nil {
			return reply, fmt.Errorf("receive: %w", err)
		}
	}
}
