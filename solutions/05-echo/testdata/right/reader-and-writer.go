// A reader and a writer goroutine pass two small buffers back and forth over channels.

package echo

import (
	"errors"
	"io"
	"net"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	free, full := make(chan []byte, 2), make(chan []byte, 2)
	free <- make([]byte, 4096)
	free <- make([]byte, 4096)
	var readErr error
	go func() {
		defer close(full)
		for buf := range free {
			n, err := c.Read(buf[:cap(buf)])
			full <- buf[:n]
			if err != nil {
				readErr = err
				return
			}
		}
	}()
	var sent int64
	var writeErr error
	for p := range full {
		if writeErr == nil && len(p) > 0 {
			var n int
			n, writeErr = c.Write(p)
			sent += int64(n)
			if writeErr != nil {
				c.SetReadDeadline(time.Unix(1, 0))
			}
		}
		free <- p
	}
	if writeErr != nil {
		return sent, writeErr
	}
	if errors.Is(readErr, io.EOF) {
		return sent, nil
	}
	return sent, readErr
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
