package memnet

import (
	"io"
	"net"
	"os"
	"syscall"

	"socketkata/harness/errno"
)

// Read takes bytes that have arrived, at least one, waiting for it. It
// returns [io.EOF] when the other end has ended its stream and everything was
// read. After an RST it gives what arrived before, then ECONNRESET once, then
// [io.EOF], as Linux does. A Read into an empty slice returns 0 and nil on any
// conn that is open.
func (c *Conn) Read(p []byte) (n int, err error) {
	n, err, end := c.countedRead(p)
	if end != nil {
		end()
	}
	return n, err
}

func (c *Conn) countedRead(p []byte) (n int, err error, end func()) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	n, err, waited := c.read(p)
	return n, err, c.reads.note(n == 0 && !waited, err)
}

func (c *Conn) read(p []byte) (n int, err error, waited bool) {
	if len(p) == 0 && !c.closed {
		return 0, nil, false
	}
	for !c.readReady() {
		waited = true
		c.canRead.Wait()
	}
	if err := c.readError(); err != nil {
		return 0, err, waited
	}
	n, _ = c.in.Read(p)
	c.peer.canWrite.Broadcast()
	c.link.watch.Broadcast()
	return n, nil, waited
}

// readReady reports whether a Read has something to return.
func (c *Conn) readReady() bool {
	return c.in.Len() > 0 || c.gotFIN || c.reset || c.readShut || c.closed || c.readDeadline.passed()
}

// readError says why a Read that is ready has no bytes to return, or nil. The
// order is that of tcp_recvmsg in Linux: first the bytes, then FIN, then the
// error an RST left, then the end.
func (c *Conn) readError() error {
	switch {
	case c.closed:
		return c.opError("read", net.ErrClosed)
	case c.readDeadline.passed():
		return c.opError("read", os.ErrDeadlineExceeded)
	case c.in.Len() > 0:
		return nil
	case c.gotFIN, c.pending == 0:
		return io.EOF
	}
	return c.opError("read", c.takeError("read"))
}

// Write sends p and waits as long as the buffer of the other end is full.
// Interrupted, it returns how much was sent. Concurrent Writes go one after
// the other and never mix.
//
// The first Write after the other end has closed succeeds: nobody knows yet.
// Its bytes are lost, an RST comes back, and the next Write fails with EPIPE.
func (c *Conn) Write(p []byte) (n int, err error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for c.writing && !c.closed {
		c.canWrite.Wait()
	}
	if c.closed {
		return 0, c.opError("write", net.ErrClosed)
	}
	c.writing = true
	defer c.doneWriting()
	for {
		if err := c.writeError(); err != nil {
			return n, c.opError("write", err)
		}
		n += c.send(p[n:])
		if n == len(p) {
			return n, nil
		}
		for !c.writeReady() {
			c.canWrite.Wait()
		}
	}
}

func (c *Conn) doneWriting() {
	c.writing = false
	c.canWrite.Broadcast()
}

// writeReady reports whether a Write can send a byte or has an error to return.
func (c *Conn) writeReady() bool {
	return c.peer.in.Len() < c.peer.size || c.reset || c.sentFIN || c.closed || c.writeDeadline.passed()
}

// writeError says why a Write must not send, or nil.
func (c *Conn) writeError() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case c.writeDeadline.passed():
		return os.ErrDeadlineExceeded
	case c.pending != 0:
		return c.takeError("write")
	case c.reset, c.sentFIN:
		return os.NewSyscallError("write", errno.Of(syscall.EPIPE))
	}
	return nil
}

// send moves as much of p as there is room for and returns how much that was.
func (c *Conn) send(p []byte) int {
	if c.peer.deaf() {
		n := min(len(p), c.peer.size)
		if n > 0 {
			c.receiveRST()
			c.peer.receiveRST()
		}
		return n
	}
	n := min(len(p), c.peer.size-c.peer.in.Len())
	c.peer.in.Write(p[:n])
	c.peer.canRead.Broadcast()
	return n
}
