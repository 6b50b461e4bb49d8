//go:build linux || darwin

// Every option is set by a system call, those of accepted conns too. A timer
// ends DrainClose by closing the conn.

package sockopts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Options are the options of a conn. A zero field leaves its option as it is.
type Options struct {
	NoDelay          *bool
	KeepAlive        *net.KeepAliveConfig
	UserTimeout      time.Duration
	RecvBuf, SendBuf int
}

// A Binding is what a listener decides before it is bound.
type Binding struct{ ReusePort, V6Only bool }

// ListenWith listens; its conns have the options o.
func ListenWith(network, addr string, b Binding, o Options) (net.Listener, error) {
	if b.V6Only {
		network = "tcp6" // package net sets IPV6_V6ONLY for it
	}
	lc := net.ListenConfig{KeepAlive: -1, Control: func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) {
			s := setter{fd: int(fd)}
			if b.ReusePort {
				s.set(unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
			}
			if o.RecvBuf > 0 {
				s.set(unix.SOL_SOCKET, unix.SO_RCVBUF, o.RecvBuf)
			}
			err = s.err
		})
		return errors.Join(failed, err)
	}}
	lc.SetMultipathTCP(false)
	ln, err := lc.Listen(context.Background(), network, addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if o.KeepAlive == nil {
		o.KeepAlive = &net.KeepAliveConfig{Enable: true}
	}
	return tuned{ln, o}, nil
}

// tuned hides that it listens with TCP.
type tuned struct {
	net.Listener
	o Options
}

func (l tuned) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		err = Tune(c.(*net.TCPConn), l.o)
	}
	if err != nil && c != nil {
		c.Close()
		c = nil
	}
	return c, err
}

// Tune sets the options of a conn, one after the other, and stops at the first
// that is refused.
func Tune(c *net.TCPConn, o Options) error {
	return control(c, func(s *setter) {
		if o.NoDelay != nil {
			s.set(unix.IPPROTO_TCP, unix.TCP_NODELAY, number(*o.NoDelay))
		}
		if o.KeepAlive != nil {
			s.keepAlive(*o.KeepAlive)
		}
		if o.UserTimeout > 0 {
			s.set(unix.IPPROTO_TCP, tcpUserTimeout, int(o.UserTimeout/time.Millisecond))
		}
		if o.RecvBuf > 0 {
			s.set(unix.SOL_SOCKET, unix.SO_RCVBUF, o.RecvBuf)
		}
		if o.SendBuf > 0 {
			s.set(unix.SOL_SOCKET, unix.SO_SNDBUF, o.SendBuf)
		}
	})
}

// Inspect returns the options of a conn.
func Inspect(c *net.TCPConn) (Options, error) {
	var o Options
	err := control(c, func(s *setter) {
		o.NoDelay = new(s.get(unix.IPPROTO_TCP, unix.TCP_NODELAY) != 0)
		o.KeepAlive = &net.KeepAliveConfig{Enable: s.get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) != 0}
		if o.KeepAlive.Enable {
			o.KeepAlive.Idle = time.Duration(s.get(unix.IPPROTO_TCP, tcpKeepIdle)) * time.Second
			o.KeepAlive.Interval = time.Duration(s.get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL)) * time.Second
			o.KeepAlive.Count = s.get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT)
		}
		if tcpUserTimeout != -1 {
			o.UserTimeout = time.Duration(s.get(unix.IPPROTO_TCP, tcpUserTimeout)) * time.Millisecond
		}
		o.RecvBuf, o.SendBuf = s.get(unix.SOL_SOCKET, unix.SO_RCVBUF), s.get(unix.SOL_SOCKET, unix.SO_SNDBUF)
	})
	return o, err
}

// Abort resets a conn.
func Abort(c *net.TCPConn) error {
	err := control(c, func(s *setter) {
		s.fail("setsockopt", unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
	})
	if closed := c.Close(); err == nil {
		err = closed
	}
	return err
}

// DrainClose sends FIN, drops what comes, and closes.
func DrainClose(c *net.TCPConn, within time.Duration) error {
	defer c.Close()
	if err := c.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	if err := c.CloseWrite(); err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	var late atomic.Bool
	timer := time.AfterFunc(within, func() {
		late.Store(true)
		c.Close()
	})
	defer timer.Stop()
	for p := make([]byte, 512); ; {
		_, err := c.Read(p)
		switch {
		case late.Load():
			return fmt.Errorf("drain: %w", os.ErrDeadlineExceeded)
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("drain: %w", err)
		}
	}
}

// A setter makes system calls until one fails.
type setter struct {
	fd  int
	err error
}

func control(c *net.TCPConn, f func(*setter)) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var s setter
	if err := raw.Control(func(fd uintptr) { s.fd = int(fd); f(&s) }); err != nil {
		return err
	}
	return s.err
}

func (s *setter) fail(call string, err error) {
	if s.err == nil {
		s.err = os.NewSyscallError(call, err)
	}
}

func (s *setter) set(level, option, value int) {
	if s.err == nil {
		s.fail("setsockopt", unix.SetsockoptInt(s.fd, level, option, value))
	}
}

func (s *setter) get(level, option int) int {
	n, err := unix.GetsockoptInt(s.fd, level, option)
	s.fail("getsockopt", err)
	return n
}

// keepAlive sets what package net would.
func (s *setter) keepAlive(k net.KeepAliveConfig) {
	s.set(unix.SOL_SOCKET, unix.SO_KEEPALIVE, number(k.Enable))
	if !k.Enable {
		return
	}
	s.seconds(tcpKeepIdle, k.Idle)
	s.seconds(unix.TCP_KEEPINTVL, k.Interval)
	if k.Count == 0 {
		k.Count = 9
	}
	if k.Count > 0 {
		s.set(unix.IPPROTO_TCP, unix.TCP_KEEPCNT, k.Count)
	}
}

func (s *setter) seconds(option int, d time.Duration) {
	if d == 0 {
		d = 15 * time.Second
	}
	if d > 0 {
		s.set(unix.IPPROTO_TCP, option, int((d+time.Second-1)/time.Second))
	}
}

func number(on bool) int {
	if on {
		return 1
	}
	return 0
}
