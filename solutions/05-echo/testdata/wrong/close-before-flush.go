// The server closes the conn on EOF while the last bytes are still in its
// buffer.
//
// Seen: a buffered writer that is flushed only when a short read suggests the
// end of a message.
// Caught by: R3 (missing tail), R7, R10, R15
// Arenas: memory, virtual
// Say: the last bytes were still in your buffer when the FIN arrived; flush
// before you close.

package echo

import (
	"bufio"
	"errors"
	"io"
	"net"
	"time"
)

func ServeConn(c net.Conn) (int64, error) {
	buf := make([]byte, 1024)
	out := bufio.NewWriterSize(c, 64<<10)
	var sent int64
	for {
		n, err := c.Read(buf)
		if n > 0 {
			w, werr := out.Write(buf[:n])
			sent += int64(w)
			if n < len(buf) && werr == nil {
				werr = out.Flush()
			}
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
