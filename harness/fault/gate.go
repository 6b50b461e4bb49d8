package fault

import (
	"net"
	"os"
	"sync"
	"time"
)

// A gate knows whether a conn is closed and whether its read deadline has
// passed. Wrappers that hold bytes back wait at it, because the inner conn
// cannot wake them: they are not in its Read. All waiting is on channels, so
// that it counts as durable in a testing/synctest bubble.
type gate struct {
	closed chan struct{}

	mu      sync.Mutex
	shut    bool
	expired chan struct{} // closed once the deadline has passed
	timer   *time.Timer   // closes expired; nil without a deadline
}

func newGate() *gate {
	return &gate{closed: make(chan struct{}), expired: make(chan struct{})}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return
	}
	g.shut = true
	close(g.closed)
	if g.timer != nil {
		g.timer.Stop()
	}
}

// set moves the deadline; the zero time means none.
func (g *gate) set(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return
	}
	if g.timer != nil && !g.timer.Stop() {
		<-g.expired // the timer has fired: its close must not hit the next channel
	}
	g.timer = nil
	if isClosed(g.expired) {
		g.expired = make(chan struct{})
	}
	if t.IsZero() {
		return
	}
	expired := g.expired
	d := time.Until(t)
	if d <= 0 {
		close(expired)
		return
	}
	g.timer = time.AfterFunc(d, func() { close(expired) })
}

// wait blocks until the time channel delivers (nil: never), and returns
// net.ErrClosed or os.ErrDeadlineExceeded when that comes first.
func (g *gate) wait(until <-chan time.Time) error {
	for {
		g.mu.Lock()
		expired := g.expired
		g.mu.Unlock()
		select {
		case <-g.closed:
			return net.ErrClosed
		case <-until:
			return nil
		case <-expired:
			if err := g.err(); err != nil {
				return err
			}
		}
	}
}

// err returns what wait would return at once, or nil.
func (g *gate) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return net.ErrClosed
	}
	if isClosed(g.expired) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// A gated conn has a gate that follows its Close and its read deadline.
type gated struct {
	conn
	gate *gate
}

func newGated(c net.Conn) gated { return gated{conn{c}, newGate()} }

func (c gated) Close() error {
	c.gate.close()
	return c.Conn.Close()
}

func (c gated) SetReadDeadline(t time.Time) error {
	err := c.Conn.SetReadDeadline(t)
	if err == nil {
		c.gate.set(t)
	}
	return err
}

func (c gated) SetDeadline(t time.Time) error {
	err := c.Conn.SetDeadline(t)
	if err == nil {
		c.gate.set(t)
	}
	return err
}
