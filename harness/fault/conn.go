// Package fault wraps connections and listeners so that they misbehave in one
// exact way: a Read returns one byte, a Write fails after n bytes, the last bytes
// come with io.EOF. Each wrapper is named by its effect and does nothing else.
//
// Everything here is legal behaviour of a net.Conn or a net.Listener. Code
// that fails under a wrapper fails on a real network too, only more seldom.
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
	if inner, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return inner.CloseWrite()
	}
	return unsupported("close write")
}

func (c conn) CloseRead() error {
	if inner, ok := c.Conn.(interface{ CloseRead() error }); ok {
		return inner.CloseRead()
	}
	return unsupported("close read")
}

func (c conn) SetLinger(sec int) error {
	if inner, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return inner.SetLinger(sec)
	}
	return unsupported("set linger")
}

func (c conn) SetNoDelay(on bool) error {
	if inner, ok := c.Conn.(interface{ SetNoDelay(bool) error }); ok {
		return inner.SetNoDelay(on)
	}
	return unsupported("set no delay")
}

func (c conn) SetKeepAlive(on bool) error {
	if inner, ok := c.Conn.(interface{ SetKeepAlive(bool) error }); ok {
		return inner.SetKeepAlive(on)
	}
	return unsupported("set keep alive")
}

func (c conn) SetKeepAlivePeriod(d time.Duration) error {
	if inner, ok := c.Conn.(interface{ SetKeepAlivePeriod(time.Duration) error }); ok {
		return inner.SetKeepAlivePeriod(d)
	}
	return unsupported("set keep alive period")
}

func (c conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	if inner, ok := c.Conn.(interface {
		SetKeepAliveConfig(net.KeepAliveConfig) error
	}); ok {
		return inner.SetKeepAliveConfig(config)
	}
	return unsupported("set keep alive config")
}

func (c conn) SetReadBuffer(bytes int) error {
	if inner, ok := c.Conn.(interface{ SetReadBuffer(int) error }); ok {
		return inner.SetReadBuffer(bytes)
	}
	return unsupported("set read buffer")
}

func (c conn) SetWriteBuffer(bytes int) error {
	if inner, ok := c.Conn.(interface{ SetWriteBuffer(int) error }); ok {
		return inner.SetWriteBuffer(bytes)
	}
	return unsupported("set write buffer")
}

func unsupported(op string) error {
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
