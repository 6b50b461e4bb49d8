package fault

import (
	"errors"
	"net"
)

// FailClose makes Close and CloseWrite of a conn return err, although they have done
// their work. Close of a conn has no other way to fail: close(2) on Linux closes the
// descriptor whatever it returns. If the conn itself fails, both errors are joined.
func FailClose(err error) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return failClose{conn{c}, err} }
}

type failClose struct {
	conn
	err error
}

func (c failClose) Close() error { return errors.Join(c.Conn.Close(), c.err) }

func (c failClose) CloseWrite() error { return errors.Join(c.conn.CloseWrite(), c.err) }

// FailCloseListener is [FailClose] for a listener.
func FailCloseListener(err error) func(net.Listener) net.Listener {
	return func(l net.Listener) net.Listener { return failCloseListener{listener{l}, err} }
}

type failCloseListener struct {
	listener
	err error
}

func (l failCloseListener) Close() error { return errors.Join(l.Listener.Close(), l.err) }

// FailAcceptAfterClose makes Accept of a closed listener return err instead of an
// error that is net.ErrClosed. Listeners outside package net often have an error of
// their own, those of many multiplexers for example.
func FailAcceptAfterClose(err error) func(net.Listener) net.Listener {
	return func(l net.Listener) net.Listener { return failAcceptAfterClose{listener{l}, err} }
}

type failAcceptAfterClose struct {
	listener
	err error
}

func (l failAcceptAfterClose) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if errors.Is(err, net.ErrClosed) {
		return nil, l.err
	}
	return c, err
}
