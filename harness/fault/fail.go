package fault

import (
	"net"
	"sync"
)

// FailRead gives the subject the first n bytes, then the error err, as it is,
// on every Read. With n at 0 no byte comes. Writing still works. Use it for
// errors that only hardware or kernels make, such as EHOSTUNREACH.
func FailRead(n int64, err error) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn {
		return &failRead{gated: newGated(c), n: n, err: err}
	}
}

type failRead struct {
	gated
	err error

	reading sync.Mutex // one Read at a time; Close does not wait for it
	n       int64      // bytes that may still be read
}

func (c *failRead) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(p) == 0 {
		return c.Conn.Read(p)
	}
	if c.n <= 0 {
		if err := c.gate.err(); err != nil {
			return 0, opError("read", c, err)
		}
		return 0, c.err
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.n)])
	c.n -= int64(n)
	return n, err
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
