package fault

import (
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// Delay holds the result of each Read back for d, bytes and errors alike. The
// subject sees no error unless its own read deadline passes meanwhile; then the
// bytes stay for the next Read. It happens on long or busy lines: 150 ms is a
// round trip over an ocean.
func Delay(d time.Duration) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return &delay{gated: newGated(c), d: d} }
}

type delay struct {
	gated
	d time.Duration

	reading sync.Mutex // one Read at a time; Close does not wait for it
	holding bool       // there is a result in held and err, due at the time
	held    []byte
	err     error
	due     time.Time
}

func (c *delay) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	if err := c.gate.err(); err != nil {
		return 0, opError("read", c, err)
	}
	if !c.holding {
		n, err := c.Conn.Read(p)
		if n == 0 && ownDoing(err) {
			return 0, err
		}
		c.holding, c.held, c.err, c.due = true, slices.Clone(p[:n]), err, time.Now().Add(c.d)
	}
	if err := c.wait(); err != nil {
		return 0, opError("read", c, err)
	}
	n := copy(p, c.held)
	c.held = c.held[n:]
	if len(c.held) > 0 {
		return n, nil
	}
	c.holding = false
	return n, c.err
}

// wait returns nil once the result is due.
func (c *delay) wait() error {
	timer := time.NewTimer(time.Until(c.due))
	defer timer.Stop()
	return c.gate.wait(timer.C)
}

// ownDoing reports whether err comes from the subject's own Close or deadline,
// which nothing holds back.
func ownDoing(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded)
}
