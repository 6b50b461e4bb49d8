//go:build linux || darwin

package sockopts_test

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	sockopts "socketkata/exercises/04-sockopts"
	"socketkata/harness/peer"
)

// pair returns a peer, and the conn of which it plays the other end.
func pair(b *peer.Bench) (*peer.Peer, *net.TCPConn) {
	b.Helper()
	client, conn := b.Pair()
	return client, conn.(*net.TCPConn)
}

func tune(b *peer.Bench, c *net.TCPConn, o sockopts.Options) error {
	b.Helper()
	_, err := peer.Start(b, "Tune", func() (any, error) { return nil, sockopts.Tune(c, o) }).Result("Tune returns at once")
	return err
}

func abort(b *peer.Bench, c *net.TCPConn) error {
	b.Helper()
	_, err := peer.Start(b, "Abort", func() (any, error) { return nil, sockopts.Abort(c) }).Result("Abort returns at once")
	return err
}

func drainClose(b *peer.Bench, c *net.TCPConn, within time.Duration) *peer.Call[any] {
	return peer.Start(b, "DrainClose", func() (any, error) { return nil, sockopts.DrainClose(c, within) })
}

func inspecting(b *peer.Bench, c *net.TCPConn) (sockopts.Options, error) {
	b.Helper()
	return peer.Start(b, "Inspect", func() (sockopts.Options, error) { return sockopts.Inspect(c) }).Result("Inspect returns at once")
}

// inspect returns what Inspect says.
func inspect(b *peer.Bench, c *net.TCPConn) options {
	b.Helper()
	o, err := inspecting(b, c)
	b.NoError("the conn is open", err)
	b.Equal("Inspect sets NoDelay and KeepAlive: one of them is nil", false, o.NoDelay == nil || o.KeepAlive == nil)
	return shown(o)
}

func shown(o sockopts.Options) options {
	return options{*o.NoDelay, probing(*o.KeepAlive), o.UserTimeout, o.RecvBuf, o.SendBuf}
}

func listening(b *peer.Bench, addr string, binding sockopts.Binding, o sockopts.Options) (net.Listener, error) {
	b.Helper()
	return peer.Start(b, "ListenWith", func() (net.Listener, error) {
		return sockopts.ListenWith("tcp", addr, binding, o)
	}).Result("ListenWith returns at once")
}

// listen calls ListenWith and expects that it succeeds.
func listen(b *peer.Bench, addr string, binding sockopts.Binding, o sockopts.Options) net.Listener {
	b.Helper()
	ln, err := listening(b, addr, binding, o)
	b.NoError("ListenWith listens on "+strings.Trim(addr, "0123456789"), err)
	return ln
}

func accepting(b *peer.Bench, ln net.Listener) *peer.Call[net.Conn] {
	return peer.Start(b, "Accept", ln.Accept)
}

// accepted waits for a conn.
func accepted(b *peer.Bench, waiting *peer.Call[net.Conn], reason string) net.Conn {
	b.Helper()
	c, err := waiting.Result(reason)
	b.NoError("a client has connected", err)
	return c
}

func accept(b *peer.Bench, ln net.Listener) net.Conn {
	b.Helper()
	return accepted(b, accepting(b, ln), "Accept returns the conn of a client that has connected")
}

// optionsOfNext returns the options of the next conn of a listener, without the
// sizes of its buffers.
func optionsOfNext(b *peer.Bench, ln net.Listener) options {
	b.Helper()
	b.Dial(b.ServerAt("tcp", ln.Addr().String()))
	c := accept(b, ln)
	defer c.Close()
	o := optionsOf(b, c)
	o.recvBuf, o.sendBuf = 0, 0
	return o
}

func write(b *peer.Bench, c *net.TCPConn, data string) error {
	b.Helper()
	_, err := peer.Start(b, "conn.Write", func() (int, error) { return c.Write([]byte(data)) }).Result("Write returns when the kernel has the bytes")
	return err
}

func read(b *peer.Bench, c *net.TCPConn) *peer.Call[int] {
	return peer.Start(b, "conn.Read", func() (int, error) { return c.Read(make([]byte, 100)) })
}

// memoryInUse returns how much of the heap is reachable, in MB.
func memoryInUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 20)
}

func closeConn(c net.Conn) { c.Close() }

// endlessSender returns a conn whose other end sends a byte every few milliseconds
// until the conn has ended or stop is called. stop returns the longest time between
// two bytes.
func endlessSender(b *peer.Bench) (c *net.TCPConn, stop func() time.Duration) {
	b.Helper()
	sender, c := ends(b)
	b.Note("another peer sends bytes without end")
	ticker := time.NewTicker(5 * time.Millisecond)
	var longest time.Duration
	var sending sync.WaitGroup
	sending.Go(func() {
		last := time.Now()
		for range ticker.C {
			_, err := sender.Write([]byte("x"))
			now := time.Now()
			longest, last = max(longest, now.Sub(last)), now
			if err != nil {
				return
			}
		}
	})
	return c, func() time.Duration {
		sender.Close()
		sending.Wait()
		ticker.Stop()
		c.Close()
		return longest
	}
}

// ends returns both ends of a conn.
func ends(b *peer.Bench) (near, far *net.TCPConn) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	b.NoError("the test listens", err)
	defer ln.Close()
	client := dial(b, ln.Addr().String())
	server, err := ln.Accept()
	b.NoError("the test accepts its own client", err)
	return client, server.(*net.TCPConn)
}

func dial(b *peer.Bench, addr string) *net.TCPConn {
	b.Helper()
	c, err := net.Dial("tcp", addr)
	b.NoError("the test dials", err)
	return c.(*net.TCPConn)
}

// fill dials an address and sends until the other side takes no more.
func fill(b *peer.Bench, addr string) *net.TCPConn {
	b.Helper()
	sender := dial(b, addr)
	b.Note("a client sends 4 MB, and nobody reads")
	peer.Start(b, "sender.Write", func() (int, error) { return sender.Write([]byte(peer.Numbered(peer.Plenty))) })
	b.Until("the sender has filled the receive buffer", func() bool { return waitsForWindow(sender) })
	return sender
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

func onlyWithIPv6(b *peer.Bench) {
	b.Helper()
	ln, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		b.Skip("this machine has no IPv6 on loopback")
	}
	ln.Close()
}

// options are what the kernel or Inspect says of a conn.
type options struct {
	noDelay          bool
	keepAlive        probes
	userTimeout      time.Duration
	recvBuf, sendBuf int
}

func (o options) String() string {
	return fmt.Sprintf("NoDelay %v, KeepAlive %s, UserTimeout %v, RecvBuf %d, SendBuf %d",
		o.noDelay, o.keepAlive, o.userTimeout, o.recvBuf, o.sendBuf)
}

// buffers are the sizes of a conn's buffers.
type buffers struct{ recv, send int }

func (o options) buffers() buffers { return buffers{o.recvBuf, o.sendBuf} }

func (b buffers) String() string { return fmt.Sprintf("RecvBuf %d, SendBuf %d", b.recv, b.send) }

// probes are the times and the number of keepalive, "15s/15s/9", or "off".
type probes string

func probing(k net.KeepAliveConfig) probes {
	if !k.Enable {
		return "off"
	}
	return probes(fmt.Sprintf("%v/%v/%d", k.Idle, k.Interval, k.Count))
}

// optionsOf asks the kernel.
func optionsOf(b *peer.Bench, c net.Conn) (o options) {
	b.Helper()
	b.NoError("the test reads the conn's options", with(c, func(fd int) {
		get := func(level, option int) int {
			n, _ := unix.GetsockoptInt(fd, level, option)
			return n
		}
		o.noDelay = get(unix.IPPROTO_TCP, unix.TCP_NODELAY) != 0
		o.keepAlive = probing(net.KeepAliveConfig{
			Enable:   get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) != 0,
			Idle:     time.Duration(get(unix.IPPROTO_TCP, keepIdle)) * time.Second,
			Interval: time.Duration(get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL)) * time.Second,
			Count:    get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT),
		})
		o.userTimeout = userTimeoutOf(fd)
		o.recvBuf, o.sendBuf = get(unix.SOL_SOCKET, unix.SO_RCVBUF), get(unix.SOL_SOCKET, unix.SO_SNDBUF)
	}))
	return o
}

// A mode is what decides whether the runtime or the kernel blocks a call.
type mode string

const (
	nonBlocking mode = "non-blocking mode"
	blocking    mode = "blocking mode"
)

// modeOf returns the mode of a conn or listener. One that gives no access to its
// descriptor is thought to be in the right one.
func modeOf(socket any) mode {
	m := nonBlocking
	with(socket, func(fd int) {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err == nil && flags&unix.O_NONBLOCK == 0 {
			m = blocking
		}
	})
	return m
}

// wakeAndClose closes a listener even if an Accept in blocking mode holds it.
func wakeAndClose(ln net.Listener) {
	if c, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		c.Close()
	}
	ln.Close()
}

// isFull reports whether a conn takes no more bytes from this side.
func isFull(c net.Conn) (full bool) {
	with(c, func(fd int) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(fds, 0)
		full = n == 0 && err == nil
	})
	return full
}

// with calls f with the descriptor of a conn or listener, or a duplicate of it if
// that is in another process.
func with(socket any, f func(fd int)) error {
	s, ok := socket.(syscall.Conn)
	if !ok {
		return fmt.Errorf("a %T gives no access to its descriptor", socket)
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { f(int(fd)) })
}
