// Package io does the work: Copy for the echo, CopyN for the reply.

package echo

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	return io.Copy(c, c)
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
	stop := make(chan struct{})
	var writeErr error
	go func() {
		defer close(stop)
		_, writeErr = io.Copy(c, bytes.NewReader(msg))
	}()
	var reply bytes.Buffer
	n, err := io.CopyN(&reply, c, int64(len(msg)))
	if errors.Is(err, io.EOF) && n < int64(len(msg)) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		c.SetDeadline(time.Now())
		<-stop
		c.SetDeadline(time.Time{})
		return reply.Bytes(), err
	}
	<-stop
	return reply.Bytes(), writeErr
}
