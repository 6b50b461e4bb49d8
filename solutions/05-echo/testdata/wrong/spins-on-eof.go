// The loop retries a Read that returned 0 bytes and never checks the error.
//
// Seen: the loop of the seed article, translated to Go.
// Caught by: R1 (spin), R2, R3, R4, R6, R7, R8, R9, R10, R13, R14, R15
// Say: after the client's FIN, every Read returns 0 bytes and io.EOF; let the
// error end the loop, not the count.

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
		n, _ := c.Read(buf)
		if n == 0 {
			continue
		}
		w, err := c.Write(buf[:n])
		sent += int64(w)
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
