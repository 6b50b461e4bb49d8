package fault

import (
	"io"
	"math"
	"net"
	"slices"
	"sync"
)

// OneByteReads makes every Read return at most one byte. The subject sees no
// error. It happens where a slow sender and a fast reader meet, and to anyone
// who types into a terminal.
func OneByteReads(c net.Conn) net.Conn { return ShortReads(1)(c) }

// ShortReads makes every Read return at most n bytes (at least 1). The subject
// sees no error. It happens when a message is larger than a TCP segment, which
// is about 1,400 bytes on most networks.
func ShortReads(n int) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return &shortReads{conn{c}, max(n, 1)} }
}

type shortReads struct {
	conn
	n int
}

func (c *shortReads) Read(p []byte) (int, error) {
	return c.Conn.Read(p[:min(len(p), c.n)])
}

// ShortWrites makes a Write of more than n bytes write the first n and return
// n and io.ErrShortWrite. Each call counts anew. net.Conn promises never to
// write less without an error; the error is what the subject must look at. It
// happens with write deadlines and with conns that break in the middle of a
// Write.
func ShortWrites(n int) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return &shortWrites{conn{c}, max(n, 0)} }
}

type shortWrites struct {
	conn
	n int
}

func (c *shortWrites) Write(p []byte) (int, error) {
	if len(p) <= c.n {
		return c.Conn.Write(p)
	}
	n, err := c.Conn.Write(p[:c.n])
	if err == nil {
		err = io.ErrShortWrite
	}
	return n, err
}

// SplitAt lets no Read cross one of the offsets, counted in bytes of the
// stream from 0: with offset 3 the byte 2 and the byte 3 come from two Reads.
// The subject sees no error. It happens wherever a segment of the network ends
// in the middle of a message.
func SplitAt(offsets ...int64) func(net.Conn) net.Conn {
	offsets = slices.Clone(offsets)
	slices.Sort(offsets)
	return func(c net.Conn) net.Conn { return &splitAt{conn: conn{c}, offsets: offsets} }
}

type splitAt struct {
	conn
	offsets []int64 // sorted, shared between conns, never written to

	reading sync.Mutex // one Read at a time; Close does not wait for it
	at      int64      // bytes read so far
}

func (c *splitAt) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.room())])
	c.at += int64(n)
	return n, err
}

// room returns the number of bytes up to the next offset.
func (c *splitAt) room() int64 {
	i, _ := slices.BinarySearch(c.offsets, c.at+1)
	if i == len(c.offsets) {
		return math.MaxInt64
	}
	return c.offsets[i] - c.at
}
