// bufio in both directions, flushed whenever no more input is buffered.

package echo

import (
	"bufio"
	"errors"
	"io"
	"net"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	sent := &counter{w: c}
	in, out := bufio.NewReader(c), bufio.NewWriter(sent)
	for {
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return sent.n, err
			}
		}
		_, err := in.Peek(1)
		if errors.Is(err, io.EOF) {
			err = out.Flush()
			return sent.n, err
		}
		if err != nil {
			return sent.n, err
		}
		waiting, _ := in.Peek(in.Buffered())
		n, err := out.Write(waiting)
		if err != nil {
			return sent.n, err
		}
		in.Discard(n)
	}
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
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
