package fault

import (
	"net"
	"os"
	"sync"
	"time"
)

// A gate knows whether a conn is closed and whether its read deadline has
// passed. Wrappers that answer a Read without the inner conn ask it, because
// Close and deadlines count there, too.
type gate struct {
	mu       sync.Mutex
	closed   bool
	deadline time.Time
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// set moves the deadline; the zero time means none.
func (g *gate) set(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deadline = t
}

// err returns net.ErrClosed, os.ErrDeadlineExceeded or nil.
func (g *gate) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return net.ErrClosed
	}
	if !g.deadline.IsZero() && !time.Now().Before(g.deadline) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// A gated conn has a gate that follows its Close and its read deadline.
type gated struct {
	conn
	gate *gate
}

func newGated(c net.Conn) gated { return gated{conn{c}, new(gate)} }

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
