package fault

import (
	"net"
	"sync/atomic"
)

// OneByteReads makes every Read return at most one byte. The subject sees no
// error. It happens where a slow sender and a fast reader meet, and to anyone
// who types into a terminal. Keep the stream short, 1,000 bytes at most: judged
// in a process of its own, the subject pays a remote call for each byte, which
// takes a millisecond on a busy machine.
func OneByteReads(c net.Conn) net.Conn { return &oneByteReads{conn{c}} }

type oneByteReads struct{ conn }

func (c *oneByteReads) Read(p []byte) (int, error) { return c.Conn.Read(p[:min(len(p), 1)]) }

// EmptyReads makes every other Read return 0 bytes and no error, the first one
// included. It happens with net.Pipe after an empty Write, with TLS records
// that carry no data, and with other layers. A Read of 0 bytes says nothing
// about the stream.
func EmptyReads(c net.Conn) net.Conn { return &emptyReads{gated: newGated(c)} }

type emptyReads struct {
	gated
	reads atomic.Int64
}

func (c *emptyReads) Read(p []byte) (int, error) {
	if c.reads.Add(1)%2 == 1 && c.gate.err() == nil {
		return 0, nil
	}
	return c.Conn.Read(p)
}

// WaitsInEmptyRead makes a Read of no bytes wait until a byte has arrived. It
// happens with net.Pipe. On a TCP conn, such a Read returns at once.
func WaitsInEmptyRead(c net.Conn) net.Conn { return &waitsInEmptyRead{conn: conn{c}} }

type waitsInEmptyRead struct {
	conn
	ahead []byte // read when there was no room for it
}

func (c *waitsInEmptyRead) Read(p []byte) (int, error) {
	if len(p) == 0 && len(c.ahead) == 0 {
		one := make([]byte, 1)
		n, err := c.Conn.Read(one)
		c.ahead = one[:n]
		return 0, err
	}
	if len(c.ahead) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.ahead)
	c.ahead = c.ahead[n:]
	return n, nil
}
