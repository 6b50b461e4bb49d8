// One goroutine per conn keeps reading while the echoes wait in an unbounded
// queue.
//
// Seen: servers that decouple reading from writing with an unbounded buffer.
// Caught by: R10 (growth), R15
// Say: you keep reading while nobody reads your echo, so the buffer grows
// without limit; let a blocked Write stop the Read.

package echo

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	var (
		mu    sync.Mutex
		queue [][]byte
		over  bool
		ready = sync.NewCond(&mu)
		done  = make(chan error, 1)
		sent  int64
	)
	go func() {
		for {
			mu.Lock()
			for len(queue) == 0 && !over {
				ready.Wait()
			}
			if len(queue) == 0 {
				mu.Unlock()
				done <- nil
				return
			}
			p := queue[0]
			queue = queue[1:]
			mu.Unlock()
			n, err := c.Write(p)
			sent += int64(n)
			if err != nil {
				done <- err
				return
			}
		}
	}()
	var readErr error
	for readErr == nil {
		p := make([]byte, 32<<10)
		var n int
		n, readErr = c.Read(p)
		mu.Lock()
		if n > 0 {
			queue = append(queue, p[:n])
		}
		over = readErr != nil
		ready.Signal()
		mu.Unlock()
	}
	err := <-done
	if err == nil && !errors.Is(readErr, io.EOF) {
		err = readErr
	}
	return sent, err
}

func Serve(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		ServeConn(c)
		c.Close()
	}
}

func RoundTrip(c net.Conn, msg []byte) ([]byte, error) {
	written := make(chan error, 1)
	go func() {
		_, err := c.Write(msg)
		written <- err
	}()
	reply := make([]byte, len(msg))
	n, err := io.ReadFull(c, reply)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		c.SetWriteDeadline(time.Unix(1, 0))
		<-written
		c.SetWriteDeadline(time.Time{})
		return reply[:n], err
	}
	return reply, <-written
}
