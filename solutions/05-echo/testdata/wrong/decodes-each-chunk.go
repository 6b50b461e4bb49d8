// The server decodes each chunk as text.
//
// Seen: the seed article decodes each chunk as UTF-8 and fails when a
// character is split.
// Caught by: R2 (wrong bytes), R7, R10
// Say: a Read split a character, and each half was decoded as text; an echo
// server handles bytes.

package echo

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	buf := make([]byte, 32<<10)
	var sent int64
	for {
		n, err := c.Read(buf)
		if n > 0 {
			w, werr := io.WriteString(c, strings.ToValidUTF8(string(buf[:n]), "\uFFFD"))
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
