// A client that closes without sending anything ends the accept loop.
//
// Seen: the seed article breaks out of its loop on an empty read; 10 of 24
// learners' servers die when a client connects and closes at once.
// Caught by: R4 (silence)
// Say: a client that sent nothing ended the whole server; leave the read
// loop, not the accept loop.

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
		n, err := ServeConn(c)
		c.Close()
		if n == 0 && err == nil {
			return nil
		}
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
