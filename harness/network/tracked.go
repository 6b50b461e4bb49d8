package network

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"socketkata/harness/memnet"
)

// A Tracker is told what happens to the sockets that the subject got. It is
// called in the goroutine that uses the socket.
type Tracker interface {
	Accepted(c net.Conn)
	// SawBusyLoop is told that a verb, such as "Read", gave nothing and was called
	// again and again. The goroutine that did so ends afterwards.
	SawBusyLoop(verb string, calls int)
	// RanOut is told that Accept failed for want of a descriptor.
	RanOut()
}

// spinLimit is how many calls in a row may fail for good before the caller
// counts as busy-looping. Code that looks at the error stops at the first.
const spinLimit = 50_000

// TrackReads tells the tracker of a busy loop that reads from a conn in memory.
func TrackReads(c net.Conn, t Tracker) {
	if m, ok := c.(*memnet.Conn); ok {
		m.OnSpin(spinLimit, func(calls int, err error) {
			verb := "Read"
			if err == nil {
				verb = "Read into an empty slice"
			}
			t.SawBusyLoop(verb, calls)
		})
	}
}

// A TrackedListener tells its tracker of each conn that it accepts. The conns
// themselves are passed on as they are.
type TrackedListener struct {
	net.Listener
	tracker Tracker
	failed  atomic.Int64 // calls of Accept in a row that failed

	mu      sync.Mutex
	onClose []func()
}

// Track returns the listener as one that is tracked.
func Track(ln net.Listener, t Tracker) *TrackedListener {
	return &TrackedListener{Listener: ln, tracker: t}
}

// Accept returns the next conn. It ends the calling goroutine, as nothing else
// can, if that calls it in a busy loop after it has failed.
func (l *TrackedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			l.tracker.RanOut()
		}
		if n := l.failed.Add(1); n >= spinLimit {
			l.tracker.SawBusyLoop("Accept", int(n))
			runtime.Goexit()
		}
		return nil, err
	}
	l.failed.Store(0)
	LimitBuffers(c)
	TrackReads(c, l.tracker)
	l.tracker.Accepted(c)
	return c, nil
}

// Close closes the listener.
func (l *TrackedListener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	after := l.onClose
	l.onClose = nil
	l.mu.Unlock()
	for _, f := range after {
		f()
	}
	return err
}

// SetDeadline limits the wait in Accept, as *net.TCPListener does.
func (l *TrackedListener) SetDeadline(t time.Time) error {
	return l.Listener.(interface{ SetDeadline(time.Time) error }).SetDeadline(t)
}

// SyscallConn gives access to the descriptor, as *net.TCPListener does.
func (l *TrackedListener) SyscallConn() (syscall.RawConn, error) {
	if s, ok := l.Listener.(syscall.Conn); ok {
		return s.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// Shared returns the listener for another process, which gets its descriptor.
// It is a remote.Shared.
func (l *TrackedListener) Shared() net.Listener {
	limitListener(l.Listener)
	return sharedListener{l}
}

// A sharedListener is a listener whose descriptor another process gets.
type sharedListener struct{ *TrackedListener }

// File returns a duplicate of the descriptor.
func (l sharedListener) File() (*os.File, error) {
	ln, ok := l.Listener.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("a %T has no descriptor", l.Listener)
	}
	return ln.File()
}

// OnClose registers what Close calls at the end.
func (l sharedListener) OnClose(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onClose = append(l.onClose, f)
}
