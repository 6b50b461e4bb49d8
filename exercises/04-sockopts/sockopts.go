//go:build linux || darwin

// Package sockopts sets and reads the options of TCP sockets, and ends conns in
// the two ways that Close alone does not offer.
//
// Tune and Inspect leave their conn open and in non-blocking mode: its deadlines
// work as before. Abort and DrainClose close their conn, whatever they return.
// An error wraps its cause, so that errors.Is finds the kernel's error number,
// and [net.ErrClosed] for a conn that was closed before. A call that fails leaves
// no descriptor of its own open.
package sockopts

import (
	"errors"
	"net"
	"time"
)

// Options are the options of a conn. A zero field leaves its option as it is.
type Options struct {
	// NoDelay sends each Write at once. Without it a small Write waits until
	// all bytes before it are acknowledged (Nagle's algorithm).
	NoDelay *bool

	// KeepAlive says whether and how an idle conn is probed. Its fields mean what
	// they mean to net.TCPConn.SetKeepAliveConfig: a zero Idle, Interval or Count is
	// the default. If Enable is false, Tune and Inspect may ignore the other fields.
	KeepAlive *net.KeepAliveConfig

	// UserTimeout is how long sent bytes may stay unacknowledged before the
	// kernel ends the conn with ETIMEDOUT: at most 2³¹-1 whole milliseconds. Only
	// Linux has it; elsewhere Tune returns errors.ErrUnsupported, and Inspect 0.
	UserTimeout time.Duration

	// RecvBuf and SendBuf are the sizes of the kernel's two buffers in bytes,
	// as net.TCPConn.SetReadBuffer and SetWriteBuffer take them.
	RecvBuf, SendBuf int
}

// A Binding is what a listener decides before it is bound.
type Binding struct {
	// ReusePort lets other listeners that have it, too, use the same address.
	// On Linux the kernel spreads the clients over them.
	ReusePort bool

	// V6Only restricts a listener on an IPv6 address to IPv6; with an IPv4
	// address, also "0.0.0.0", it is an error. Without it, "[::]" takes IPv4
	// clients, too.
	V6Only bool
}

// ListenWith listens on an IP address and port, such as "127.0.0.1:0"; network is
// "tcp". Every conn that the listener accepts has the options o; what o leaves
// zero is as package net sets it. If the kernel refuses an option, ListenWith
// fails, or Accept closes each conn, and fails or waits for the next. RecvBuf limits
// also what arrives before Accept. The address of another listener is EADDRINUSE,
// unless both have ReusePort.
func ListenWith(network, addr string, b Binding, o Options) (net.Listener, error) {
	// TODO: write this.
	return nil, errors.New("ListenWith is not written yet")
}

// Tune sets the options of a conn. If every field of o is zero, it may return nil
// even if c is closed.
func Tune(c *net.TCPConn, o Options) error {
	// TODO: write this.
	return errors.New("Tune is not written yet")
}

// Inspect returns the options of a conn as the kernel has them now, with no
// field nil. Linux tells twice the size of a buffer that was asked for, because
// it counts its own overhead; Inspect returns what the kernel tells. The caller
// may change the result, also what its fields point to.
func Inspect(c *net.TCPConn) (Options, error) {
	// TODO: write this.
	return Options{}, errors.New("Inspect is not written yet")
}

// Abort resets a conn (RST). Bytes that were not delivered are lost, the peer's
// Read fails, and a call on c that is blocked returns [net.ErrClosed].
func Abort(c *net.TCPConn) error {
	// TODO: write this.
	return errors.New("Abort is not written yet")
}

// DrainClose ends a conn without losing what was written: it half-closes c at once,
// reads and drops what the peer still sends, and closes c when the peer's FIN
// has come. If within, which is positive, passes first, it returns an error that
// wraps os.ErrDeadlineExceeded; if the peer resets the conn meanwhile, ECONNRESET.
// If the peer had reset it before the call, DrainClose returns at once, with nil
// or any error. A deadline that was set on c before does not count.
func DrainClose(c *net.TCPConn, within time.Duration) error {
	// TODO: write this.
	return errors.New("DrainClose is not written yet")
}
