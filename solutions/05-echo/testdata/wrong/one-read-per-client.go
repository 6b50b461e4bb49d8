// The server takes one Read for the whole conversation.
//
// Seen: the first version of the seed article's server; 7 of 24 learners'
// servers lose a request that arrives in two segments.
// Caught by: R1 (early EOF | reset), R2, R3, R7, R8, R10, R14, R15
// Say: one Read is not one message; read on until the client's FIN.

package echo

import (
	"errors"
	"io"
	"net"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	buf := make([]byte, 32<<10)
	n, err := c.Read(buf)
	if err != nil {
		return 0, err
	}
	w, err := c.Write(buf[:n])
	return int64(w), err
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
