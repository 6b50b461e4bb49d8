// The last Read may bring more than the reply, and all of it is returned.
//
// Seen: loops that read into a large buffer until there are enough bytes.
// Caught by: R16 (extra bytes)
// Say: what follows the reply belongs to the next call; read no more than is missing.

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
	written := make(chan error, 1)
	go func() {
		_, err := c.Write(msg)
		written <- err
	}()
	var reply []byte
	var err error
	for buf := make([]byte, 4096); len(reply) < len(msg) && err == nil; {
		var n int
		n, err = c.Read(buf)
		reply = append(reply, buf[:n]...)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		c.SetWriteDeadline(time.Unix(1, 0))
		<-written
		c.SetWriteDeadline(time.Time{})
		return reply, err
	}
	return reply, <-written
}
