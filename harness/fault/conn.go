// Package fault wraps connections and listeners so that they misbehave in one
// exact way: a Read returns one byte, a Write fails after n bytes, the last bytes
// come with io.EOF. Each wrapper is named by its effect and does nothing else.
//
// Everything here is legal behaviour of a net.Conn or a net.Listener. Code that
// fails under a wrapper fails on a real network too, only less often.
//
// A wrapper has the shape func(net.Conn) net.Conn; those with a parameter
// return such a function. They can be stacked: what is wrapped last acts
// first.
package fault

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// A conn forwards what *net.TCPConn has beyond net.Conn, so that the subject
// can half-close or set socket options through a wrapper. What the inner conn
// does not have fails with errors.ErrUnsupported.
//
// ReadFrom, WriteTo, SyscallConn and File are left out on purpose: they would
// carry bytes around the fault.
type conn struct{ net.Conn }

func (c conn) CloseWrite() error {
	return forward(c, "close write", func(to interface{ CloseWrite() error }) error { return to.CloseWrite() })
}

func (c conn) CloseRead() error {
	return forward(c, "close read", func(to interface{ CloseRead() error }) error { return to.CloseRead() })
}

func (c conn) SetLinger(sec int) error {
	return forward(c, "set linger", func(to interface{ SetLinger(int) error }) error { return to.SetLinger(sec) })
}

func (c conn) SetNoDelay(on bool) error {
	return forward(c, "set no delay", func(to interface{ SetNoDelay(bool) error }) error { return to.SetNoDelay(on) })
}

func (c conn) SetKeepAlive(on bool) error {
	return forward(c, "set keep alive", func(to interface{ SetKeepAlive(bool) error }) error { return to.SetKeepAlive(on) })
}

func (c conn) SetKeepAlivePeriod(d time.Duration) error {
	type inner interface{ SetKeepAlivePeriod(time.Duration) error }
	return forward(c, "set keep alive period", func(to inner) error { return to.SetKeepAlivePeriod(d) })
}

func (c conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	type inner interface {
		SetKeepAliveConfig(net.KeepAliveConfig) error
	}
	return forward(c, "set keep alive config", func(to inner) error { return to.SetKeepAliveConfig(config) })
}

func (c conn) SetReadBuffer(bytes int) error {
	return forward(c, "set read buffer", func(to interface{ SetReadBuffer(int) error }) error { return to.SetReadBuffer(bytes) })
}

func (c conn) SetWriteBuffer(bytes int) error {
	return forward(c, "set write buffer", func(to interface{ SetWriteBuffer(int) error }) error { return to.SetWriteBuffer(bytes) })
}

// forward calls a method that the inner conn has if it is a T.
func forward[T any](c conn, op string, call func(T) error) error {
	if inner, ok := c.Conn.(T); ok {
		return call(inner)
	}
	return fmt.Errorf("%s: %w", op, errors.ErrUnsupported)
}

// opError is the error the net package would return for op on c.
func opError(op string, c net.Conn, err error) error {
	return &net.OpError{
		Op:     op,
		Net:    c.LocalAddr().Network(),
		Source: c.LocalAddr(),
		Addr:   c.RemoteAddr(),
		Err:    err,
	}
}
