package peer

import (
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"socketkata/harness/memnet"
)

// A network makes listeners and conns in one arena.
type network interface {
	// listen returns a listener and the function that dials it.
	listen() (net.Listener, func() (net.Conn, error), error)
	// pair returns the two ends of one conn.
	pair() (harness, subject net.Conn, err error)
}

type memory struct{}

func (memory) listen() (net.Listener, func() (net.Conn, error), error) {
	ln := memnet.Listen()
	return ln, func() (net.Conn, error) {
		c, err := ln.Dial()
		if err != nil {
			return nil, err
		}
		return c, nil
	}, nil
}

func (memory) pair() (net.Conn, net.Conn, error) {
	harness, subject := memnet.Pair()
	return harness, subject, nil
}

type loopback struct{}

func (loopback) listen() (net.Listener, func() (net.Conn, error), error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	return ln, dialer(ln.Addr().String()), nil
}

// listen returns a listener and the function that dials it. Over loopback its
// port stays taken until the script is over, however soon the listener is
// closed: else another process may get the port and answer in its place. The
// port is that of one more conn, of which the bench has both ends.
func (b *Bench) listen() (net.Listener, func() (net.Conn, error)) {
	b.t.Helper()
	ln, dial, err := b.net.listen()
	if _, ok := b.net.(loopback); ok && err == nil {
		var client, server net.Conn
		if client, server, err = connect(ln, dial); err == nil {
			b.holders = append(b.holders, client, server)
		}
	}
	if err != nil {
		b.t.Fatalf("harness: listen: %v", err)
	}
	return ln, dial
}

// connect returns the two ends of a conn through the listener.
func connect(ln net.Listener, dial func() (net.Conn, error)) (client, server net.Conn, err error) {
	client, err = dial()
	if err != nil {
		return nil, nil, err
	}
	server, err = ln.Accept() // the conn is in the backlog already
	if err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	return client, server, nil
}

// dialLimit ends a dial that gets no answer, which is rare: a listener's queue
// holds thousands. So it may be long enough for a segment that a busy system
// loses three times, and repeats after 1, 3 and 7 seconds (RFC 6298).
const dialLimit = 15 * time.Second

// dialer returns a function that dials the address over TCP. On Unix a server
// may reset the conn before Dial returns: that is a conn that was reset, and
// none that was refused.
func dialer(addr string) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		c, err := net.DialTimeout("tcp", addr, max(dialLimit, stretched(dialLimit)))
		if errors.Is(err, syscall.ECONNRESET) {
			harness, subject := memnet.Pair()
			subject.Reset()
			return harness, nil
		}
		if err == nil {
			limitBuffers(c)
		}
		return c, err
	}
}

func (n loopback) pair() (net.Conn, net.Conn, error) {
	ln, dial, err := n.listen()
	if err != nil {
		return nil, nil, err
	}
	defer ln.Close()
	harness, subject, err := connect(ln, dial)
	if err == nil {
		limitBuffers(subject)
	}
	return harness, subject, err
}

// Plenty is a number of bytes that do not fit into all the buffers between the
// two ends of a conn which the bench made: who sends as many waits until the
// other side reads.
const Plenty = 4 << 20

// PlentyDialed is the same for a conn that the subject dialled, of which the
// bench made only one end.
const PlentyDialed = 10 << 20

// socketBuffer is the size asked for of each of the four buffers of a loopback
// conn. Linux takes twice as much, and without it up to 10 MiB (tcp(7)).
const socketBuffer = 256 << 10

func limitBuffers(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetReadBuffer(socketBuffer)
		tcp.SetWriteBuffer(socketBuffer)
	}
}

// A keeper is the listener a subject gets. It keeps every accepted conn, so
// that the bench can tell at the end which of them were never closed. The
// conns themselves go to the subject as they are.
type keeper struct {
	net.Listener
	bench  *Bench
	failed atomic.Int64 // calls of Accept in a row that failed
	closed atomic.Bool  // the subject or the bench closed it

	onClose []func() // guarded by Bench.mu
}

// spinLimit is how many calls in a row may fail for good before the caller
// counts as spinning. Code that looks at the error stops at the first.
const spinLimit = 50_000

func (k *keeper) Accept() (net.Conn, error) {
	c, err := k.Listener.Accept()
	if err != nil {
		if n := k.failed.Add(1); n >= spinLimit {
			k.bench.sawSpin("Accept", int(n))
			runtime.Goexit() // there is no other way to stop it
		}
		return nil, err
	}
	k.failed.Store(0)
	limitBuffers(c)
	k.bench.keep(c)
	return c, nil
}

func (k *keeper) Close() error {
	k.closed.Store(true)
	err := k.Listener.Close()
	k.bench.mu.Lock()
	after := k.onClose
	k.onClose = nil
	k.bench.mu.Unlock()
	for _, f := range after {
		f()
	}
	return err
}

// SetDeadline limits the wait in Accept, as *net.TCPListener does.
func (k *keeper) SetDeadline(t time.Time) error {
	return k.Listener.(interface{ SetDeadline(time.Time) error }).SetDeadline(t)
}

// SyscallConn gives access to the descriptor, as *net.TCPListener does.
func (k *keeper) SyscallConn() (syscall.RawConn, error) {
	if s, ok := k.Listener.(syscall.Conn); ok {
		return s.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// An accepted conn is one the subject has to close.
type accepted struct {
	net.Conn
	place string // where the subject called Accept; "" if it was the test
}

// keep remembers a conn the subject has to close. In memory the bench also
// stops a goroutine that reads on and on after the end.
func (b *Bench) keep(c net.Conn) {
	b.watchReads(c)
	place := b.caller()
	b.mu.Lock()
	b.accepted = append(b.accepted, accepted{c, place})
	b.cond.Broadcast()
	b.mu.Unlock()
}

func (b *Bench) watchReads(c net.Conn) {
	if m, ok := c.(*memnet.Conn); ok {
		m.OnSpin(spinLimit, func(calls int) { b.sawSpin("Read", calls) })
	}
}
