package relay_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	relay "socketkata/exercises/11-relay"
	"socketkata/harness/peer"
)

// idle is the limit of the scripts that are about silence. The others have
// none.
const idle = 10 * time.Second

// odd is so long that buffers of Relay and of the network that start with it are
// not full at the same byte.
const odd = "prices at 10:15\n"

// mostTaken is what the network may take of one side while the other does not
// read: 1 MiB in Relay, and the buffers of two conns in memory.
const mostTaken = 1<<20 + 2*64<<10

// A namedError is an error with its name in Go, which is the same everywhere.
type namedError struct {
	name string
	error
}

var errNetwork = errors.New("the cable to the exchange is cut")

// errReset is ECONNRESET. On Windows sockets have their own error numbers, which
// package syscall does not name.
var errReset = map[bool]syscall.Errno{false: syscall.ECONNRESET, true: 10054}[runtime.GOOS == "windows"]

// allBytes has every byte value.
var allBytes = func() string {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return string(all)
}()

// An ending is what Relay returned, and how long it ran.
type ending struct {
	ab, ba int64
	took   time.Duration
}

// A session is one call of Relay between a client and a price feed, both played
// by the script.
type session struct {
	client, feed *peer.Peer
	conns        []net.Conn // that Relay got
	call         *peer.Call[ending]
}

// begin calls Relay with two bare conns.
func begin(b *peer.Bench, idle time.Duration) *session {
	return beginWith(b, b.Context(), idle, nil, nil)
}

// beginWith calls Relay with conns in these wrappers; see package fault.
func beginWith(b *peer.Bench, ctx context.Context, idle time.Duration, wrapClient, wrapFeed wrapper) *session {
	s := new(session)
	var clientConn, feedConn net.Conn
	s.client, clientConn = b.PairAs("client", wrapClient.list()...)
	s.feed, feedConn = b.PairAs("feed", wrapFeed.list()...)
	s.conns = []net.Conn{clientConn, feedConn}
	s.call = peer.Start(b, "Relay", func() (ending, error) {
		began := time.Now()
		ab, ba, err := relay.Relay(ctx, clientConn, feedConn, idle)
		return ending{ab, ba, time.Since(began)}, err
	})
	return s
}

// A wrapper is one of package fault, or nil.
type wrapper func(net.Conn) net.Conn

func (w wrapper) list() []func(net.Conn) net.Conn {
	if w == nil {
		return nil
	}
	return []func(net.Conn) net.Conn{w}
}

// A desk answers Serve's calls of dial as the script tells it.
type desk struct {
	late bool // dial does not look at its context

	mu    sync.Mutex
	calls []chan answer
}

type answer struct {
	conn net.Conn
	err  error
}

// dial waits for its answer.
func (d *desk) dial(ctx context.Context) (net.Conn, error) {
	call := make(chan answer, 1)
	d.mu.Lock()
	d.calls = append(d.calls, call)
	d.mu.Unlock()
	done := ctx.Done()
	if d.late {
		done = nil
	}
	select {
	case a := <-call:
		return a.conn, a.err
	case <-done:
		return nil, ctx.Err()
	}
}

// await waits for the call of dial with this number, from 1.
func (d *desk) await(b *peer.Bench, number int) chan<- answer {
	b.Helper()
	var call chan<- answer
	b.Until("Serve calls dial for each client", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(d.calls) < number {
			return false
		}
		call = d.calls[number-1]
		return true
	})
	return call
}

// connect lets that call of dial return a conn, and returns its other end.
func (d *desk) connect(b *peer.Bench, number int, wrap ...func(net.Conn) net.Conn) *peer.Peer {
	b.Helper()
	call := d.await(b, number)
	feed, conn := b.PairAs("feed", wrap...)
	call <- answer{conn: conn}
	return feed
}

// refuse lets that call of dial fail.
func (d *desk) refuse(b *peer.Bench, number int) {
	b.Helper()
	d.await(b, number) <- answer{err: errNetwork}
}

// serve starts Serve, without a limit for silence.
func (d *desk) serve(b *peer.Bench, ctx context.Context, wrap ...func(net.Listener) net.Listener) *peer.Server {
	b.Helper()
	return d.serveIdle(b, ctx, 0, wrap...)
}

func (d *desk) serveIdle(b *peer.Bench, ctx context.Context, idle time.Duration, wrap ...func(net.Listener) net.Listener) *peer.Server {
	b.Helper()
	return b.Named("Serve").Serve(func(ln net.Listener) error {
		return relay.Serve(ctx, ln, d.dial, idle)
	}, wrap...)
}

// A fate is what became of the bytes that the peer has not read.
type fate string

const (
	kept    fate = "no byte was dropped"
	dropped fate = "Close dropped unread bytes"
)

func (c *watchedConn) fate() fate {
	if c.dropped.Load() {
		return dropped
	}
	return kept
}

// A watchedConn knows whether it was closed so that unsent bytes are dropped.
type watchedConn struct {
	net.Conn
	abort   atomic.Bool // SetLinger(0) was the last call of SetLinger
	dropped atomic.Bool
}

func (c *watchedConn) wrap(conn net.Conn) net.Conn {
	c.Conn = conn
	return c
}

func (c *watchedConn) CloseWrite() error {
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

func (c *watchedConn) SetLinger(sec int) error {
	c.abort.Store(sec == 0)
	return c.Conn.(interface{ SetLinger(int) error }).SetLinger(sec)
}

func (c *watchedConn) Close() error {
	if c.abort.Load() {
		c.dropped.Store(true)
	}
	return c.Conn.Close()
}

// neverLingers is a conn whose SetLinger fails, as it does on some systems once
// the peer has reset.
type neverLingers struct{ net.Conn }

func (c neverLingers) CloseWrite() error {
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

func (c neverLingers) SetLinger(int) error { return errNetwork }

// A watchedListener knows whether it is closed.
type watchedListener struct {
	net.Listener
	closed atomic.Bool
}

func (l *watchedListener) wrap(ln net.Listener) net.Listener {
	l.Listener = ln
	return l
}

func (l *watchedListener) Close() error {
	l.closed.Store(true)
	return l.Listener.Close()
}

// expectClosed checks that Relay has closed the conns that it got.
func (s *session) expectClosed(b *peer.Bench) {
	b.Helper()
	for _, c := range s.conns {
		b.ErrorIs("Relay closes both conns before it returns", c.SetDeadline(time.Time{}), net.ErrClosed)
	}
}
