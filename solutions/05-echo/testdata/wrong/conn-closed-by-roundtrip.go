// RoundTrip closes the conn. One that only half-closes it looks the same to a server.
//
// Seen: a defer c.Close() in every function that gets a conn.
// Caught by: R16 (early EOF | reset)
// Say: you closed a conn that your caller made and still wants to use; who opens it closes it.

package echo

import (
	"errors"
	"io"
	"net"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	buf := make([]byte, 32<<10)
	var sent int64
	for {
		n, err := c.Read(buf)
		if n > 0 {
			w, werr := c.Write(buf[:n])
			sent += int64(w)
			if werr != nil {
				return sent, werr
			}
		}
		if errors.Is(err, io.EOF) {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
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
	defer c.Close()
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
