package streams_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	streams "socketkata/exercises/17-streams"
	"socketkata/harness/peer"
)

// An airport sends weather reports. A report ends with end; a short message is a
// line.
const (
	report = "METAR EDDF 281550Z 24008KT 9999 FEW030 07/03 Q1018=\r\n"
	end    = "=\r\n"
)

// usual are options that no script that uses them depends on.
var usual = streams.Options{Limit: 1000, High: 10_000, Low: 1000}

// unreachable is an error of a conn. It calls itself a timeout, and is final all the same.
const unreachable = syscall.ETIMEDOUT

// open makes a Stream. It is closed when the script is over. The drawing shows
// options that a step may depend on.
func open(b *peer.Bench, c net.Conn, o streams.Options) *streams.Stream {
	b.Helper()
	if o != usual {
		b.Note(fmt.Sprintf("New: Limit %d, High %d, Low %d", o.Limit, o.High, o.Low))
	}
	s, _ := peer.Start(b, "New", func() (*streams.Stream, error) { return streams.New(c, o), nil }).Result("New returns at once")
	context.AfterFunc(b.Context(), func() { s.Close() })
	return s
}

// A reading function starts one of the four calls that read. Their result is what
// they return.
type reading func(b *peer.Bench, ctx context.Context, s *streams.Stream) *peer.Call[string]

func read(size int) reading {
	return func(b *peer.Bench, ctx context.Context, s *streams.Stream) *peer.Call[string] {
		return peer.Start(b, "Read", func() (string, error) {
			p := make([]byte, size)
			n, err := s.Read(ctx, p)
			return string(p[:n]), err
		})
	}
}

func readLine(b *peer.Bench, ctx context.Context, s *streams.Stream) *peer.Call[string] {
	return peer.Start(b, "ReadLine", func() (string, error) {
		p, err := s.ReadLine(ctx)
		return string(p), err
	})
}

func readUntil(sep string) reading {
	return func(b *peer.Bench, ctx context.Context, s *streams.Stream) *peer.Call[string] {
		return peer.Start(b, "ReadUntil", func() (string, error) {
			p, err := s.ReadUntil(ctx, []byte(sep))
			return string(p), err
		})
	}
}

func readExactly(n int) reading {
	return func(b *peer.Bench, ctx context.Context, s *streams.Stream) *peer.Call[string] {
		return peer.Start(b, "ReadExactly", func() (string, error) {
			p, err := s.ReadExactly(ctx, n)
			return string(p), err
		})
	}
}

// readings are the four calls, and none has enough in "abc".
var readings = []struct {
	name string
	call reading
}{{"Read", read(100)}, {"ReadLine", readLine}, {"ReadUntil", readUntil(end)}, {"ReadExactly", readExactly(8)}}

func drain(b *peer.Bench, ctx context.Context, s *streams.Stream) *peer.Call[string] {
	return peer.Start(b, "Drain", func() (string, error) { return "", s.Drain(ctx) })
}

func closed(b *peer.Bench, ctx context.Context, s *streams.Stream) *peer.Call[string] {
	return peer.Start(b, "Closed", func() (string, error) { return "", s.Closed(ctx) })
}

// quick makes a call that must not wait.
func quick(b *peer.Bench, name string, call func() error) error {
	b.Helper()
	_, err := peer.Start(b, name, func() (bool, error) { return true, call() }).Result(name + " returns at once")
	return err
}

// write writes a text and wants no error.
func write(b *peer.Bench, s *streams.Stream, text string) {
	b.Helper()
	b.NoError("Write queues the bytes", tryWrite(b, s, text))
}

func tryWrite(b *peer.Bench, s *streams.Stream, text string) error {
	b.Helper()
	return quick(b, "Write", func() error { return s.Write([]byte(text)) })
}

// expectWaits checks that a call waits.
func expectWaits(b *peer.Bench, reason string, call *peer.Call[string]) {
	b.Helper()
	b.Until("every goroutine waits", b.AtRest)
	call.ExpectPending(reason)
}

// expect checks the result of a call.
func expect(b *peer.Bench, reason string, call *peer.Call[string], want string) {
	b.Helper()
	got, err := call.Result(reason)
	b.NoError(reason, err)
	b.Equal(reason, want, got)
}

// expectError checks the error of a call.
func expectError(b *peer.Bench, reason string, call *peer.Call[string], want error) {
	b.Helper()
	_, err := call.Result(reason)
	b.ErrorIs(reason, err, want)
}

// expectIncomplete checks that the stream ends within a result.
func expectIncomplete(b *peer.Bench, reason string, call *peer.Call[string], partial string) {
	b.Helper()
	got, err := call.Result(reason)
	b.ErrorIs(reason, err, io.ErrUnexpectedEOF)
	b.Equal(reason+": the bytes that came are returned with the error", partial, got)
}

// size is a number of bytes.
type size int

func (n size) String() string { return fmt.Sprintf("%d bytes", int(n)) }

// A watched conn counts what goes through it.
type watched struct {
	net.Conn
	read  atomic.Int64 // bytes that the Stream has read
	ended atomic.Bool  // a Read has returned an error
	again atomic.Int64 // calls of Read after that
}

func (c *watched) Read(p []byte) (int, error) {
	if c.ended.Load() {
		c.again.Add(1)
	}
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	c.ended.Store(err != nil)
	return n, err
}

// A finding is what a failure shows instead of true or false.
type finding string

const (
	notUnexpected finding = "not io.ErrUnexpectedEOF"
	unchanged     finding = "unchanged"
)

func either(is bool, yes, no finding) finding {
	if is {
		return yes
	}
	return no
}

// A gated conn lets a Write through when the script says so.
type gated struct {
	net.Conn
	gate    chan error    // an error makes the Write fail after half of its bytes
	free    chan struct{} // closed: every Write goes through
	over    context.Context
	close   func()       // ends over
	sent    atomic.Int64 // bytes whose Write has returned
	calls   atomic.Int64
	largest atomic.Int64
	changed atomic.Bool  // bytes changed while Write had them
	halved  atomic.Int64 // calls of CloseWrite
}

func newGated(b *peer.Bench, c net.Conn) *gated {
	over, end := context.WithCancel(b.Context())
	return &gated{Conn: c, gate: make(chan error), free: make(chan struct{}), over: over, close: end}
}

func (g *gated) Write(p []byte) (int, error) {
	g.calls.Add(1)
	g.largest.Store(max(g.largest.Load(), int64(len(p))))
	before := string(p)
	select {
	case <-g.free:
		return g.Conn.Write(p)
	case err := <-g.gate:
		if string(p) != before {
			g.changed.Store(true)
		}
		if err == nil {
			defer g.sent.Add(int64(len(p)))
			return g.Conn.Write(p)
		}
		n, _ := g.Conn.Write(p[:len(p)/2])
		return n, err
	case <-g.over.Done():
		return 0, net.ErrClosed
	}
}

func (g *gated) CloseWrite() error {
	g.halved.Add(1)
	return g.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

func (g *gated) Close() error {
	g.close()
	return g.Conn.Close()
}

// pass lets Writes through until n bytes are sent in all. It reports whether there
// are as many. It needs virtual time.
func (g *gated) pass(b *peer.Bench, n int64) bool {
	for g.sent.Load() < n {
		if !g.open(b, nil) {
			return false
		}
	}
	return true
}

// open lets the Write that waits through, or makes it fail. It reports whether
// there is one. It needs virtual time.
func (g *gated) open(b *peer.Bench, err error) bool {
	b.Settle()
	select {
	case g.gate <- err:
		b.Settle()
		return true
	case <-time.After(time.Second):
		return false
	}
}

// A slowToClose conn is closed when its gate is.
type slowToClose struct {
	net.Conn
	gate chan struct{}
}

func (c slowToClose) Close() error {
	<-c.gate
	return c.Conn.Close()
}

// A roomy conn has as many bytes to read, and room for all that is written.
type roomy struct {
	net.Conn
	left *atomic.Int64
}

func (c roomy) Write(p []byte) (int, error) { return len(p), nil }

func (c roomy) Read(p []byte) (int, error) {
	if c.left.Add(-int64(len(p))) < 0 {
		return 0, io.EOF
	}
	return len(p), nil
}

// inUse returns how much memory this process uses after a garbage collection.
func inUse() size {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return size(m.HeapAlloc)
}

// shortest returns the least processor time that one of many steps takes: other
// work on this machine does not change it.
func shortest(step func()) time.Duration {
	least := time.Hour
	for range 100 {
		began := worked()
		step()
		least = min(least, worked()-began)
	}
	return max(least, 10*time.Microsecond) // of a clock that ticks more slowly
}
