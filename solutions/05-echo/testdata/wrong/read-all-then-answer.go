// The server sends nothing before the client's FIN.
//
// Seen: servers built on io.ReadAll, which buffer whatever the client sends.
// Caught by: R1 (silence), R2, R4, R6, R9, R10, R13, R15
// Say: the client waits for its echo and you wait for its FIN; send back what
// you have before you read more.

package echo

import (
	"errors"
	"io"
	"net"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	all, err := io.ReadAll(c)
	if err != nil {
		return 0, err
	}
	n, err := c.Write(all)
	return int64(n), err
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
