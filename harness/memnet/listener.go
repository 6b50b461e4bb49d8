package memnet

import (
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"socketkata/harness/errno"
)

const backlog = 4096

// A Listener is a [net.Listener] in memory. All methods may be called
// concurrently. Errors are those of a [net.TCPListener]: a [*net.OpError]
// around [net.ErrClosed] or [os.ErrDeadlineExceeded].
type Listener struct {
	addr *net.TCPAddr

	mu        sync.Mutex
	canAccept sync.Cond
	waiting   []*Conn // dialed and not accepted yet
	deadline  deadline
	accepts   spin
	closed    bool
}

// Listen returns a Listener with an invented address. Up to 4,096 conns wait
// in its backlog. The caller closes it.
func Listen() *Listener {
	l := &Listener{addr: nextAddr()}
	l.canAccept.L = &l.mu
	return l
}

// Addr returns the invented [*net.TCPAddr] of the listener.
func (l *Listener) Addr() net.Addr { return l.addr }

// Dial connects to the listener and returns the client's end. It never waits:
// like a real dial it is done as soon as the conn is in the backlog. It fails
// with ECONNREFUSED when the listener is closed, and with ETIMEDOUT when the
// backlog is full, which is how a dial ends that Linux leaves unanswered.
func (l *Listener) Dial() (*Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, l.dialError(errno.Of(syscall.ECONNREFUSED))
	case len(l.waiting) == backlog:
		return nil, l.dialError(errno.Of(syscall.ETIMEDOUT))
	}
	client, server := newPair(DefaultSize, nextAddr(), l.addr)
	l.waiting = append(l.waiting, server)
	l.canAccept.Signal()
	return client, nil
}

func (l *Listener) dialError(number syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: l.addr, Err: os.NewSyscallError("connect", number)}
}

// Accept returns the server's end, a [*Conn], of the conn dialed first,
// waiting for one. The caller closes it.
func (l *Listener) Accept() (net.Conn, error) {
	c, err, end := l.countedAccept()
	if end != nil {
		end()
	}
	if err != nil {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: err}
	}
	return c, nil
}

func (l *Listener) countedAccept() (c *Conn, err error, end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, err, waited := l.accept()
	return c, err, l.accepts.note(c == nil && !waited, err)
}

func (l *Listener) accept() (c *Conn, err error, waited bool) {
	for !l.acceptReady() {
		waited = true
		l.canAccept.Wait()
	}
	switch {
	case l.closed:
		return nil, net.ErrClosed, waited
	case l.deadline.passed():
		return nil, os.ErrDeadlineExceeded, waited
	}
	c = l.waiting[0]
	l.waiting = l.waiting[1:]
	return c, nil, waited
}

func (l *Listener) acceptReady() bool {
	return len(l.waiting) > 0 || l.closed || l.deadline.passed()
}

// Close makes Accept fail with [net.ErrClosed] and Dial with ECONNREFUSED, and
// resets the conns that wait in the backlog. Accepted conns live on. A second
// Close does nothing and returns an error that is [net.ErrClosed].
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return &net.OpError{Op: "close", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
	}
	l.closed = true
	l.deadline.stop()
	for _, server := range l.waiting {
		server.Reset()
	}
	l.canAccept.Broadcast()
	return nil
}

// SetDeadline sets the instant from which Accept fails with
// [os.ErrDeadlineExceeded], even when conns wait. A later instant, or the zero
// time, revives the listener.
func (l *Listener) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed // bare, as from a net.TCPListener
	}
	l.deadline.set(t, func() { l.broadcast(&l.canAccept) })
	l.canAccept.Broadcast()
	return nil
}

// OnSpin is for Accept what [Conn.OnSpin] is for Read: it stops a goroutine
// whose Accepts fail limit times in a row without waiting, after calling f in
// it once.
func (l *Listener) OnSpin(limit int, f func(calls int, err error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepts.on(limit, f)
}

func (l *Listener) broadcast(cond *sync.Cond) {
	l.mu.Lock()
	defer l.mu.Unlock()
	cond.Broadcast()
}
