// RoundTrip accepts a reply that ends early.
//
// Seen: clients that read until EOF and never check the length.
// Caught by: R12 (no error)
// Say: the server closed its stream after 5 of 13 bytes and RoundTrip
// returned nil; an early EOF is an error.

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
	reply, err := io.ReadAll(io.LimitReader(c, int64(len(msg))))
	if err != nil {
		return reply, err
	}
	return reply, <-written
}
