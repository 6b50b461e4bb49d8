package fault

import (
	"errors"
	"net"
	"os"
	"sync"
)

// Coalesce makes a Read wait until n bytes or the end of the stream are there,
// and then gives them out together, so that many messages arrive in one Read.
// The subject sees no error. It happens with Nagle's algorithm, with a sender
// that is faster than the reader, and whenever the reader was busy.
//
// A dialogue in which the peer waits for an answer before it has sent n bytes
// stands still under it.
func Coalesce(n int) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return &coalesce{gated: newGated(c), n: max(n, 1)} }
}

type coalesce struct {
	gated
	n int

	reading sync.Mutex // one Read at a time; Close does not wait for it
	held    []byte
	full    bool  // held has been filled and is being given out
	end     error // what the inner conn said after held
}

func (c *coalesce) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	if err := c.fill(); err != nil {
		return 0, err
	}
	if err := c.gate.err(); err != nil {
		return 0, opError("read", c, err)
	}
	if len(c.held) == 0 {
		return 0, c.end
	}
	n := copy(p, c.held)
	c.held = c.held[n:]
	c.full = len(c.held) > 0
	return n, nil
}

// fill reads until n bytes or the end are there. A deadline that passes is not
// the end: the bytes so far stay for the next Read.
func (c *coalesce) fill() error {
	for !c.full && c.end == nil && len(c.held) < c.n {
		piece := make([]byte, c.n-len(c.held))
		n, err := c.Conn.Read(piece)
		c.held = append(c.held, piece[:n]...)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		c.end = err
	}
	c.full = len(c.held) > 0
	return nil
}
