package fault

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// endWait is how long DataWithEOF waits for the end of the stream.
const endWait = 50 * time.Millisecond

// DataWithEOF makes the last bytes of the stream and io.EOF come from one
// Read, which io.Reader allows: a Read returns n > 0 and io.EOF. It happens
// with TLS, with decompressors and with conns that buffer.
//
// A Read that has bytes waits 50 ms for more of them, or for the end, before it
// returns. If the peer ends the stream later than that, io.EOF comes alone, as
// usual. So each Read is up to 50 ms late.
func DataWithEOF(c net.Conn) net.Conn { return &dataWithEOF{gated: newGated(c)} }

type dataWithEOF struct {
	gated

	reading sync.Mutex // one Read at a time; Close does not wait for it
	ahead   []byte     // at most one byte, read when the subject's buffer was full
	end     error      // what the inner conn said after ahead; returned each time

	mu       sync.Mutex
	deadline time.Time // the subject's read deadline
	looking  time.Time // until when lookOut waits; zero if it does not
}

func (c *dataWithEOF) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	if err := c.gate.err(); err != nil { // what is ahead must not outlive Close or the deadline
		return 0, opError("read", c, err)
	}
	n := copy(p, c.ahead)
	c.ahead = c.ahead[n:]
	if n == 0 && c.end != nil && !errors.Is(c.end, io.EOF) {
		return 0, c.end
	}
	if n == 0 {
		var err error
		if n, err = c.Conn.Read(p); n == 0 || err != nil {
			return n, err
		}
	}
	return c.lookOut(p, n)
}

// lookOut reads on after the n bytes in p until the stream ends or the time is
// up.
func (c *dataWithEOF) lookOut(p []byte, n int) (int, error) {
	if c.end != nil {
		return n, c.end
	}
	c.look(time.Now().Add(endWait))
	defer c.look(time.Time{})
	for n < len(p) {
		more, err := c.Conn.Read(p[n:])
		n += more
		if err != nil {
			return n, c.ended(err)
		}
	}
	one := make([]byte, 1)
	more, err := c.Conn.Read(one)
	c.ahead = append(c.ahead, one[:more]...)
	if err != nil && more > 0 {
		c.end = err
		return n, nil
	}
	if err != nil {
		return n, c.ended(err)
	}
	return n, nil
}

// ended returns the error that goes with the bytes when lookOut got err: io.EOF
// at the end. With any other error the bytes are returned alone, and the next
// Read gets it again.
func (c *dataWithEOF) ended(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	c.end = err
	if err == io.EOF {
		return err
	}
	return nil
}

// look limits the reads on the inner conn to until, unless that is zero, and
// keeps the subject's own deadline.
func (c *dataWithEOF) look(until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looking = until
	c.apply()
}

func (c *dataWithEOF) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	if err := c.apply(); err != nil {
		return err
	}
	c.gate.set(t)
	return nil
}

func (c *dataWithEOF) SetDeadline(t time.Time) error {
	if err := c.Conn.SetWriteDeadline(t); err != nil {
		return err
	}
	return c.SetReadDeadline(t)
}

// apply sets the earlier one of the two deadlines. It runs under mu.
func (c *dataWithEOF) apply() error {
	t := c.deadline
	if !c.looking.IsZero() && (t.IsZero() || c.looking.Before(t)) {
		t = c.looking
	}
	return c.Conn.SetReadDeadline(t)
}
