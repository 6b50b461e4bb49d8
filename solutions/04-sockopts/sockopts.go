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
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
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
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return with(c, func(fd int) error { return prepare(fd, b, o) })
	}}
	if b.V6Only {
		network = "tcp6" // sets IPV6_V6ONLY, and refuses 0.0.0.0, which "tcp" takes for [::]
	}
	lc.SetMultipathTCP(false) // on such a conn UserTimeout cannot be set
	ln, err := lc.Listen(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	return &listener{ln.(*net.TCPListener), o}, nil
}

// prepare sets what has an effect only before listen: who may share the address,
// and how many bytes a client may send before it is accepted.
func prepare(fd int, b Binding, o Options) (err error) {
	if b.ReusePort {
		err = errors.Join(err, set(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
	}
	if o.RecvBuf > 0 {
		err = errors.Join(err, set(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, o.RecvBuf))
	}
	return err
}

// A listener tunes what it accepts. It cannot leave that to the options that conns
// inherit from their listener: package net sets NoDelay and KeepAlive afterwards.
type listener struct {
	*net.TCPListener
	options Options
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	if err := Tune(c, l.options); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Tune sets the options of a conn. If every field of o is zero, it may return nil
// even if c is closed.
func Tune(c *net.TCPConn, o Options) error {
	var err error
	if o.NoDelay != nil {
		err = errors.Join(err, c.SetNoDelay(*o.NoDelay))
	}
	if o.KeepAlive != nil {
		err = errors.Join(err, c.SetKeepAliveConfig(*o.KeepAlive))
	}
	if o.RecvBuf > 0 {
		err = errors.Join(err, c.SetReadBuffer(o.RecvBuf))
	}
	if o.SendBuf > 0 {
		err = errors.Join(err, c.SetWriteBuffer(o.SendBuf))
	}
	if o.UserTimeout > 0 {
		err = errors.Join(err, setUserTimeout(c, o.UserTimeout))
	}
	return err
}

func setUserTimeout(c *net.TCPConn, d time.Duration) error {
	if tcpUserTimeout < 0 {
		return fmt.Errorf("set UserTimeout: %w", errors.ErrUnsupported)
	}
	return withConn(c, func(fd int) error {
		return set(fd, unix.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
	})
}

// Inspect returns the options of a conn as the kernel has them now, with no
// field nil. Linux tells twice the size of a buffer that was asked for, because
// it counts its own overhead; Inspect returns what the kernel tells. The caller
// may change the result, also what its fields point to.
func Inspect(c *net.TCPConn) (Options, error) {
	var o Options
	err := withConn(c, func(fd int) (err error) {
		get := func(level, option int) int {
			n, failed := unix.GetsockoptInt(fd, level, option)
			err = errors.Join(err, os.NewSyscallError("getsockopt", failed))
			return n
		}
		noDelay := get(unix.IPPROTO_TCP, unix.TCP_NODELAY) != 0
		o.NoDelay = &noDelay
		o.KeepAlive = &net.KeepAliveConfig{
			Enable:   get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) != 0,
			Idle:     time.Duration(get(unix.IPPROTO_TCP, tcpKeepIdle)) * time.Second,
			Interval: time.Duration(get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL)) * time.Second,
			Count:    get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT),
		}
		if tcpUserTimeout >= 0 {
			o.UserTimeout = time.Duration(get(unix.IPPROTO_TCP, tcpUserTimeout)) * time.Millisecond
		}
		o.RecvBuf = get(unix.SOL_SOCKET, unix.SO_RCVBUF)
		o.SendBuf = get(unix.SOL_SOCKET, unix.SO_SNDBUF)
		return err
	})
	return o, err
}

// Abort resets a conn (RST). Bytes that were not delivered are lost, the peer's
// Read fails, and a call on c that is blocked returns [net.ErrClosed].
func Abort(c *net.TCPConn) error {
	return errors.Join(c.SetLinger(0), c.Close()) // no time to deliver: Close sends RST
}

// DrainClose ends a conn without losing what was written: it half-closes c at once,
// reads and drops what the peer still sends, and closes c when the peer's FIN
// has come. If within, which is positive, passes first, it returns an error that
// wraps os.ErrDeadlineExceeded; if the peer resets the conn meanwhile, ECONNRESET.
// If the peer had reset it before the call, DrainClose returns at once, with nil
// or any error. A deadline that was set on c before does not count.
func DrainClose(c *net.TCPConn, within time.Duration) error {
	c.SetReadDeadline(time.Now().Add(within)) // one for all Reads
	c.CloseWrite()                            // if it fails, Read tells why
	_, err := io.Copy(io.Discard, c)          // a Close with unread bytes would send RST
	return errors.Join(err, c.Close())
}

// withConn calls f with the descriptor of a conn, which stays non-blocking. The
// methods File and Fd would end that, and with it deadlines.
func withConn(c *net.TCPConn, f func(fd int) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	return with(raw, f)
}

// with calls f with a descriptor.
func with(c syscall.RawConn, f func(fd int) error) (err error) {
	failed := c.Control(func(fd uintptr) { err = f(int(fd)) })
	return errors.Join(failed, err)
}

func set(fd, level, option, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, value))
}
