package fault

import (
	"io"
	"net"
	"os"
	"sync"
)

// StallAfter gives the subject the first n bytes, then silence: Read blocks
// until the conn is closed (net.ErrClosed) or the read deadline passes
// (os.ErrDeadlineExceeded). No byte beyond n is taken from the peer. It happens
// when a cable is pulled, a laptop is closed, or a NAT forgets the connection:
// neither FIN nor RST ever comes.
func StallAfter(n int64) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn {
		g := newGated(c)
		return &after{gated: g, n: n, then: func() error { return opError("read", c, g.gate.wait(nil)) }}
	}
}

// CloseAfter gives the subject the first n bytes, then io.EOF on every Read.
// Writing still works. It happens when the peer ends its half, which may be in
// the middle of a message.
func CloseAfter(n int64) func(net.Conn) net.Conn {
	return FailRead(n, io.EOF)
}

// FailRead gives the subject the first n bytes, then the error err, as it is,
// on every Read. With n at 0 no byte comes. Writing still works. Use it for
// errors that only hardware or kernels make, such as EHOSTUNREACH.
func FailRead(n int64, err error) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn {
		return &after{gated: newGated(c), n: n, then: func() error { return err }}
	}
}

// ResetAfter gives the subject the first n bytes, then ECONNRESET (on Windows
// WSAECONNRESET) on every Read. From the first of these errors on, Write fails
// with EPIPE (on Windows WSAECONNRESET). It happens when the peer's process
// dies with unread bytes, or a middlebox cuts the connection. The peer at the
// other end of the inner conn notices nothing before the subject closes.
func ResetAfter(n int64) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn {
		r := &resetAfter{}
		r.after = after{gated: newGated(c), n: n, then: r.reset}
		return r
	}
}

// An after passes n bytes to Read and then asks a function what Read says.
type after struct {
	gated
	then func() error

	reading sync.Mutex // one Read at a time; Close does not wait for it
	n       int64      // bytes that may still be read
}

func (c *after) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(p) == 0 {
		return c.Conn.Read(p)
	}
	if c.n <= 0 {
		if err := c.gate.err(); err != nil {
			return 0, opError("read", c, err)
		}
		return 0, c.then()
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.n)])
	c.n -= int64(n)
	return n, err
}

type resetAfter struct {
	after

	mu   sync.Mutex
	dead bool
}

func (c *resetAfter) reset() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = true
	return opError("read", c, os.NewSyscallError(readCall, errReset))
}

func (c *resetAfter) Write(p []byte) (int, error) {
	c.mu.Lock()
	dead := c.dead
	c.mu.Unlock()
	if dead && !isClosed(c.gate.closed) {
		return 0, opError("write", c, os.NewSyscallError(writeCall, errPipe))
	}
	return c.Conn.Write(p)
}

// FailWrite lets the subject write the first n bytes, counted over all calls,
// then fails with the error err, as it is. The Write that crosses the limit
// writes what fits and returns its number and err. Reading still works. It
// happens when the peer is gone (EPIPE) or the route is (EHOSTUNREACH).
func FailWrite(n int64, err error) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return &failWrite{conn: conn{c}, n: n, err: err} }
}

type failWrite struct {
	conn
	err error

	writing sync.Mutex // one Write at a time; Close does not wait for it
	n       int64      // bytes that may still be written
}

func (c *failWrite) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if int64(len(p)) <= c.n {
		n, err := c.Conn.Write(p)
		c.n -= int64(n)
		return n, err
	}
	if c.n <= 0 {
		return 0, c.err
	}
	n, err := c.Conn.Write(p[:c.n])
	c.n -= int64(n)
	if err == nil {
		err = c.err
	}
	return n, err
}
