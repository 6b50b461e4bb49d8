// RoundTrip takes one Read for the whole reply.
//
// Seen: the seed article's client, and most first clients.
// Caught by: R5 (missing tail), R11, R12
// Say: a reply may arrive in any number of pieces; read until you have as
// many bytes as you sent.

package echo

import (
	"errors"
	"io"
	"net"
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
	reply := make([]byte, len(msg))
	n, err := c.Read(reply)
	if err != nil {
		return nil, err
	}
	return reply[:n], <-written
}
