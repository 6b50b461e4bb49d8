//go:build linux || darwin

// A goroutine accepts and tunes conns ahead of Accept, and another one reads for
// DrainClose. Options cross the descriptor of a file, which is never made
// blocking.

package sockopts

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
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
	if a, err := netip.ParseAddrPort(addr); err == nil && a.Addr().Is4() {
		network = "tcp4" // "tcp" makes an IPv6 socket for 0.0.0.0
	}
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return do(c, func(fd int) error {
			err := setIf(b.ReusePort, fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
			if err == nil {
				err = setIf(b.V6Only, fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
			}
			if err == nil {
				err = setIf(o.RecvBuf > 0, fd, unix.SOL_SOCKET, unix.SO_RCVBUF, o.RecvBuf)
			}
			if err == nil {
				err = setIf(o.SendBuf > 0, fd, unix.SOL_SOCKET, unix.SO_SNDBUF, o.SendBuf)
			}
			return err
		})
	}}
	if o.UserTimeout > 0 {
		lc.SetMultipathTCP(false)
	}
	ln, err := lc.Listen(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	o.RecvBuf, o.SendBuf = 0, 0 // conns inherit these
	l := &ahead{Listener: ln, options: o, conns: make(chan result), closed: make(chan struct{})}
	l.accepting.Go(l.acceptAll)
	return l, nil
}

// ahead is a listener whose conns wait in a channel.
type ahead struct {
	net.Listener
	options   Options
	conns     chan result
	closed    chan struct{}
	once      sync.Once
	accepting sync.WaitGroup
}

type result struct {
	conn net.Conn
	err  error
}

func (l *ahead) acceptAll() {
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			if err = Tune(c.(*net.TCPConn), l.options); err != nil {
				c.Close()
				continue
			}
		}
		select {
		case l.conns <- result{c, err}:
		case <-l.closed:
			if c != nil {
				c.Close()
			}
			return
		}
	}
}

func (l *ahead) Accept() (net.Conn, error) {
	select {
	case r := <-l.conns:
		return r.conn, r.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *ahead) Close() error {
	l.once.Do(func() { close(l.closed) })
	err := l.Listener.Close()
	l.accepting.Wait()
	return err
}

// Tune sets the options of a conn.
func Tune(c *net.TCPConn, o Options) error {
	var errs []error
	if o.UserTimeout > 0 {
		raw, err := c.SyscallConn()
		if err == nil && tcpUserTimeout < 0 {
			err = errors.ErrUnsupported
		}
		if err == nil {
			err = do(raw, func(fd int) error {
				return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, tcpUserTimeout, int(o.UserTimeout.Milliseconds()))
			})
		}
		errs = append(errs, err)
	}
	if o.SendBuf > 0 {
		errs = append(errs, c.SetWriteBuffer(o.SendBuf))
	}
	if o.RecvBuf > 0 {
		errs = append(errs, c.SetReadBuffer(o.RecvBuf))
	}
	if k := o.KeepAlive; k != nil && k.Enable {
		errs = append(errs, c.SetKeepAliveConfig(*k))
	} else if k != nil {
		errs = append(errs, c.SetKeepAlive(false))
	}
	if o.NoDelay != nil {
		errs = append(errs, c.SetNoDelay(*o.NoDelay))
	}
	return errors.Join(errs...)
}

// Inspect asks a duplicate of the descriptor, without the method Fd.
func Inspect(c *net.TCPConn) (Options, error) {
	f, err := c.File()
	if err != nil {
		return Options{}, err
	}
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		return Options{}, err
	}
	questions := [][2]int{{unix.IPPROTO_TCP, unix.TCP_NODELAY}, {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
		{unix.IPPROTO_TCP, tcpKeepIdle}, {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
		{unix.SOL_SOCKET, unix.SO_RCVBUF}, {unix.SOL_SOCKET, unix.SO_SNDBUF}, {unix.IPPROTO_TCP, tcpUserTimeout}}
	if tcpUserTimeout < 0 {
		questions = questions[:7]
	}
	answers := make([]int, 8)
	err = do(raw, func(fd int) error {
		for i, q := range questions {
			var err error
			if answers[i], err = unix.GetsockoptInt(fd, q[0], q[1]); err != nil {
				return err
			}
		}
		return nil
	})
	on := answers[0] > 0
	probes := net.KeepAliveConfig{Enable: answers[1] > 0, Idle: time.Duration(answers[2]) * time.Second,
		Interval: time.Duration(answers[3]) * time.Second, Count: answers[4]}
	return Options{&on, &probes, time.Duration(answers[7]) * time.Millisecond, answers[5], answers[6]}, err
}

// Abort resets a conn.
func Abort(c *net.TCPConn) error {
	if err := c.SetLinger(0); err != nil {
		c.Close()
		return err
	}
	return c.Close()
}

// DrainClose waits for a goroutine that reads, or for the end of its time.
func DrainClose(c *net.TCPConn, within time.Duration) error {
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	unsent := c.CloseWrite()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, c)
		ended <- err
	}()
	select {
	case err := <-ended:
		return errors.Join(unsent, err, c.Close())
	case <-time.After(within):
		c.Close()
		<-ended
		return os.ErrDeadlineExceeded
	}
}

func setIf(wanted bool, fd, level, option, value int) error {
	if !wanted {
		return nil
	}
	return unix.SetsockoptInt(fd, level, option, value)
}

func do(c syscall.RawConn, f func(fd int) error) (err error) {
	if failed := c.Control(func(fd uintptr) { err = f(int(fd)) }); failed != nil {
		return failed
	}
	return err
}
