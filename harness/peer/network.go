package peer

import (
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"socketkata/harness/memnet"
	"socketkata/harness/network"
	"socketkata/harness/slow"
)

// dialLimit ends a dial that gets no answer, which is rare: a listener's queue
// holds thousands. So it may be long enough for a segment that a busy system
// loses three times, and repeats after 1, 3 and 7 seconds (RFC 6298).
const dialLimit = 15 * time.Second

// networkOf returns the network of an arena.
func networkOf(arena Arena) network.Network {
	if arena == Memory || arena == Virtual {
		return network.NewMemory()
	}
	return network.Loopback{DialLimit: longDial()}
}

// Sockets is what the verbs of a bench make.
type Sockets string

const (
	// Inet sockets are TCP and UDP on 127.0.0.1. A script begins with them.
	Inet Sockets = "Inet"
	// Unix sockets have paths in a folder that the bench removes at the end.
	Unix Sockets = "Unix"
)

// Over says what sockets the bench makes from here on: with Unix the verbs Serve,
// Listener, Listen, Pair and those for datagrams make Unix sockets, and Addr is a
// path. It needs [Loopback].
func (b *Bench) Over(s Sockets) {
	b.t.Helper()
	b.onlySockets("Over")
	if s == Inet {
		b.net = networkOf(b.arena)
		return
	}
	if b.folder == nil {
		folder, err := network.NewUnix(longDial())
		if err != nil {
			b.t.Fatalf("harness: %v", err)
		}
		b.folder = folder
	}
	b.net = b.folder
}

// removeFolder removes what is left of Unix sockets.
func (b *Bench) removeFolder() {
	if b.folder == nil {
		return
	}
	if err := b.folder.Close(); err != nil {
		b.t.Errorf("harness: remove the folder of sockets: %v", err)
	}
}

// onlySockets ends a script that needs real sockets in an arena without.
func (b *Bench) onlySockets(verb string) {
	b.t.Helper()
	if b.arena != Loopback && b.arena != Process {
		b.t.Fatalf("harness: %s needs peer.Loopback; this script runs in %s", verb, b.arena)
	}
}

func longDial() time.Duration { return max(dialLimit, slow.Stretch(dialLimit)) }

// dialer returns a function that dials the address.
func dialer(addr net.Addr) func() (net.Conn, error) {
	return func() (net.Conn, error) { return network.Dial(addr.Network(), addr.String(), longDial()) }
}

// listen returns a listener of the bench. Its address stays taken until the
// script has ended, however soon the listener is closed.
func (b *Bench) listen() *network.Listener {
	b.t.Helper()
	ln, err := b.net.Listen()
	if err != nil {
		b.t.Fatalf("harness: listen: %v", err)
	}
	b.held = append(b.held, ln)
	return ln
}

// Plenty is a number of bytes that do not fit into all the buffers between the
// two ends of a conn which the bench made: who sends as many waits until the
// other side reads.
const Plenty = 4 << 20

// PlentyDialed is the same for a conn that the subject dialled, of which the
// bench made only one end.
const PlentyDialed = 10 << 20

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
	network.LimitBuffers(c)
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
