package memnet

import (
	"bytes"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// DefaultSize is the buffer of one direction in bytes.
const DefaultSize = 64 << 10

// A Conn is one end of a conn in memory. It implements [net.Conn] and the
// methods of [net.TCPConn] that mean something here. All methods may be
// called concurrently.
//
// Errors are those of a [net.TCPConn]: a [*net.OpError] around [net.ErrClosed],
// [os.ErrDeadlineExceeded], or an [*os.SyscallError] with ECONNRESET, EPIPE or
// ENOTCONN. [io.EOF] is returned as it is.
//
// The code that got the Conn closes it. It has no goroutine and, after Close,
// no timer.
type Conn struct {
	link          *link
	peer          *Conn
	local, remote *net.TCPAddr

	canRead, canWrite sync.Cond
	readDeadline      deadline
	writeDeadline     deadline
	reads             spin

	in       bytes.Buffer  // arrived and not read yet
	size     int           // limit of in
	gotFIN   bool          // nothing will arrive after in
	sentFIN  bool          // this end has ended its stream
	readShut bool          // CloseRead was called
	reset    bool          // an RST came
	pending  syscall.Errno // the error an RST left, for the next Read or Write to take (Linux: sk_err)
	closed   bool
	abort    bool // SetLinger(0)

	writing bool // one Write at a time: the bytes of two must not mix
}

// A link is what two ends share.
type link struct {
	mu    sync.Mutex
	watch sync.Cond // an end has read bytes, or is closed
}

// Pair returns the two ends of a new conn, with a buffer of 64 KiB in each
// direction.
func Pair() (client, server *Conn) { return PairSize(DefaultSize) }

// PairSize is [Pair] with a buffer of size bytes, at least one, in each
// direction.
func PairSize(size int) (client, server *Conn) {
	return newPair(size, nextAddr(), nextAddr())
}

func newPair(size int, clientAddr, serverAddr *net.TCPAddr) (client, server *Conn) {
	l := new(link)
	l.watch.L = &l.mu
	client = newConn(l, size, clientAddr, serverAddr)
	server = newConn(l, size, serverAddr, clientAddr)
	client.peer, server.peer = server, client
	return client, server
}

func newConn(l *link, size int, local, remote *net.TCPAddr) *Conn {
	c := &Conn{link: l, size: max(size, 1), local: local, remote: remote}
	c.canRead.L = &l.mu
	c.canWrite.L = &l.mu
	return c
}

// LocalAddr returns the invented [*net.TCPAddr] of this end.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the invented [*net.TCPAddr] of the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets the deadlines of Read and Write.
func (c *Conn) SetDeadline(t time.Time) error {
	return c.limit(func() { c.moveReadDeadline(t); c.moveWriteDeadline(t) })
}

// SetReadDeadline sets the instant from which Read fails with
// [os.ErrDeadlineExceeded], even when bytes are there to be read. A later
// instant, or the zero time, revives the conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.limit(func() { c.moveReadDeadline(t) })
}

// SetWriteDeadline sets the instant from which Write fails with
// [os.ErrDeadlineExceeded]; the count it returns says how much was sent.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.limit(func() { c.moveWriteDeadline(t) })
}

// SetLinger(0) makes Close send RST. Any other number makes Close send FIN
// again; it never has to linger, since bytes arrive at once.
func (c *Conn) SetLinger(sec int) error { return c.option(func() { c.abort = sec == 0 }) }

// SetNoDelay has no effect: there is no delay.
func (c *Conn) SetNoDelay(bool) error { return c.option(func() {}) }

// SetKeepAlive has no effect: the other end cannot get lost.
func (c *Conn) SetKeepAlive(bool) error { return c.option(func() {}) }

// SetKeepAlivePeriod has no effect, like SetKeepAlive.
func (c *Conn) SetKeepAlivePeriod(time.Duration) error { return c.option(func() {}) }

// SetKeepAliveConfig has no effect, like SetKeepAlive.
func (c *Conn) SetKeepAliveConfig(net.KeepAliveConfig) error { return c.option(func() {}) }

// SetReadBuffer has no effect: the size of the buffers is that of the pair.
func (c *Conn) SetReadBuffer(int) error { return c.limit(func() {}) }

// SetWriteBuffer has no effect, like SetReadBuffer.
func (c *Conn) SetWriteBuffer(int) error { return c.limit(func() {}) }

// OnSpin stops a busy-looping reader, which nothing else can stop. From the
// limit-th Read in a row that gave no byte and did not wait – the end of the
// stream, a permanent error, an empty slice – the reading goroutine is ended by
// [runtime.Goexit]; before the first one, f is called in it with the number of
// such Reads and the error of the last, nil if its slice was empty. A limit of 0
// turns this off.
func (c *Conn) OnSpin(limit int, f func(calls int, err error)) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.reads.on(limit, f)
}

// option runs change under the lock, unless the conn is closed.
func (c *Conn) option(change func()) error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	change()
	return nil
}

// limit is option with the error package net has for deadlines and buffers,
// which names one address only.
func (c *Conn) limit(change func()) error {
	if c.option(change) != nil {
		return &net.OpError{Op: "set", Net: "tcp", Addr: c.local, Err: net.ErrClosed}
	}
	return nil
}

func (c *Conn) moveReadDeadline(t time.Time) {
	c.readDeadline.set(t, func() { c.broadcast(&c.canRead) })
	c.canRead.Broadcast()
}

func (c *Conn) moveWriteDeadline(t time.Time) {
	c.writeDeadline.set(t, func() { c.broadcast(&c.canWrite) })
	c.canWrite.Broadcast()
}

func (c *Conn) broadcast(cond *sync.Cond) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	cond.Broadcast()
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

// takeError returns the error that an RST caused, which only one call gets.
func (c *Conn) takeError(call string) error {
	err := os.NewSyscallError(call, c.pending)
	c.pending = 0
	return err
}
