package ctxio_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// A noting conn knows its deadlines.
type noting struct {
	net.Conn
	mu          sync.Mutex
	read, write deadline
}

// A deadline is one of a conn, in words.
type deadline string

const none, callers deadline = "none", "the caller's"

func inWords(t time.Time) deadline {
	switch left := time.Until(t); {
	case t.IsZero():
		return none
	case t.Equal(callersDeadline):
		return callers
	case left <= 0:
		return "in the past"
	default:
		return deadline("in " + left.String())
	}
}

func (c *noting) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *noting) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = inWords(t)
	return c.Conn.SetReadDeadline(t)
}

func (c *noting) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write = inWords(t)
	return c.Conn.SetWriteDeadline(t)
}

// deadlines returns the deadline of a call's direction, and the other one.
func (c *noting) deadlines(call string) (own, other deadline) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call == "Write" {
		return c.write, c.read
	}
	return c.read, c.write
}

// endings makes calls of each function that succeed or fail just as ctx is canceled,
// if late is set, or before. Then check gets the name of the call, how it ended, and
// the deadlines of the conn: that of the call's direction, which had none, and
// the other, which was callersDeadline.
func endings(b *peer.Bench, late bool, check func(call, end string, own, other deadline)) {
	b.Helper()
	client, end := b.Pair()
	conn := &noting{Conn: end}
	for _, call := range []string{"Read", "ReadFull", "Write"} {
		for i, fails := range []error{nil, io.EOF, syscall.EHOSTUNREACH} {
			how := []string{"succeeded", "failed with io.EOF", "failed with EHOSTUNREACH"}[i]
			if late {
				how += " just as ctx was canceled"
			}
			if fails == nil && call != "Write" {
				client.Send("a")
			}
			endOnce(b, conn, call, fails, late)
			own, other := conn.deadlines(call)
			check(call, how, own, other)
		}
	}
}

// callersDeadline is a deadline that the caller sets, and that does not expire.
var callersDeadline = time.Date(2099, time.December, 31, 0, 0, 0, 0, time.UTC)

// endOnce makes a call that ends with the error fails or, if that is nil, succeeds.
// Its ctx is canceled just before the call returns, if late is set, or after it.
func endOnce(b *peer.Bench, conn *noting, call string, fails error, late bool) {
	b.Helper()
	conn.SetDeadline(callersDeadline)
	if call == "Write" {
		conn.SetWriteDeadline(time.Time{})
	} else {
		conn.SetReadDeadline(time.Time{})
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	var c net.Conn = conn
	if fails != nil {
		c = fault.FailWrite(0, fails)(fault.FailRead(0, fails)(conn))
	}
	if late {
		c = newRacing(b, c, cancel, false)
	}
	returns := call + " returns at once"
	switch call {
	case "Read":
		startRead(b, ctx, c, 1).Result(returns)
	case "ReadFull":
		startReadFull(b, ctx, c, 1).Result(returns)
	case "Write":
		startWrite(b, ctx, c, "x").Result(returns)
	}
	cancel()
	b.Settle() // a call that is still registered on ctx sets a deadline now
}
