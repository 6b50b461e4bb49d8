//go:build !linux && !darwin

// Package sockopts sets and reads the options of TCP sockets. It uses system
// calls that this platform does not have.
package sockopts

import (
	"errors"
	"net"
	"time"
)

// Options are the options of a conn.
type Options struct {
	NoDelay          *bool
	KeepAlive        *net.KeepAliveConfig
	UserTimeout      time.Duration
	RecvBuf, SendBuf int
}

// A Binding is what a listener decides before it is bound.
type Binding struct{ ReusePort, V6Only bool }

// ListenWith needs Unix; on this platform it returns [errors.ErrUnsupported].
func ListenWith(network, addr string, b Binding, o Options) (net.Listener, error) {
	return nil, errors.ErrUnsupported
}

// Tune needs Unix; on this platform it returns [errors.ErrUnsupported].
func Tune(c *net.TCPConn, o Options) error {
	return errors.ErrUnsupported
}

// Inspect needs Unix; on this platform it returns [errors.ErrUnsupported].
func Inspect(c *net.TCPConn) (Options, error) {
	return Options{}, errors.ErrUnsupported
}

// Abort needs Unix; on this platform it returns [errors.ErrUnsupported].
func Abort(c *net.TCPConn) error {
	return errors.ErrUnsupported
}

// DrainClose needs Unix; on this platform it returns [errors.ErrUnsupported].
func DrainClose(c *net.TCPConn, within time.Duration) error {
	return errors.ErrUnsupported
}
