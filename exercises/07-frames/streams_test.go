package frames_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
)

// A yielding conn lets other goroutines run after each Write.
type yielding struct{ net.Conn }

func (y yielding) Write(p []byte) (int, error) {
	defer runtime.Gosched()
	return y.Conn.Write(p)
}

// A counting writer counts the calls of Write. The first takes at most limit
// bytes and returns err, the others take everything.
type counting struct {
	calls calls
	limit int
	err   error
	begin []byte // the first bytes of the first Write
}

func (c *counting) Write(p []byte) (int, error) {
	c.calls++
	if c.calls > 1 {
		return len(p), nil
	}
	c.begin = bytes.Clone(p[:min(len(p), 16)])
	if c.err == nil {
		return len(p), nil
	}
	return min(len(p), c.limit), c.err
}

type calls int

func (n calls) String() string { return fmt.Sprintf("calls of Write: %d", int(n)) }

// A held writer keeps each Write waiting until release is called.
type held struct {
	writing atomic.Int64 // how often Write has been called
	open    chan struct{}
	release func()
	took    bytes.Buffer
}

func newHeld() *held {
	open := make(chan struct{})
	return &held{open: open, release: sync.OnceFunc(func() { close(open) })}
}

func (h *held) Write(p []byte) (int, error) {
	h.writing.Add(1)
	<-h.open
	return h.took.Write(p)
}

// A growing stream says io.EOF after each of its parts, as a file does to which
// somebody appends.
type growing struct{ parts []string }

func (g *growing) Read(p []byte) (int, error) {
	switch {
	case len(g.parts) == 0:
		return 0, io.EOF
	case g.parts[0] == "":
		g.parts = g.parts[1:]
		return 0, io.EOF
	}
	n := copy(p, g.parts[0])
	g.parts[0] = g.parts[0][n:]
	return n, nil
}

// An endless stream consists of the same segment again and again.
type endless struct{ segment, left string }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == "" {
		e.left = e.segment
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

// An emptyReadsReturn stream answers a Read of no bytes itself: the readers of
// package iotest loop there for ever.
type emptyReadsReturn struct{ io.Reader }

func (r emptyReadsReturn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return r.Reader.Read(p)
}
