package graceful_test

import (
	"context"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// newlyIdle stops a server at the moment when a conn begins to wait for its next
// request.
func newlyIdle(b *peer.Bench) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // then Gosched lets all others run
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	d, moment := newDesk(), &moment{stop: stop}
	srv := d.server()
	srv.Handle = func(ctx context.Context, order string) (string, error) {
		moment.armed.Store(true)
		return d.handle(ctx, order)
	}
	server := serve(b, ctx, srv, fault.EveryConn(moment.conn))
	client := b.Dial(server)
	order(client, "the client gets its answer", "Harbour")
	began := b.Elapsed()
	stop() // for code that sets no read deadline
	depart(client, "the stop ends a conn that was just about to wait")
	b.NoError("every request in flight was answered", server.Result("Run returns when all conns are closed"))
	b.AtMost("neither Idle nor Grace has to pass", b.Elapsed()-began, 8*time.Second)
}

// A moment is when a conn gets a read deadline for the first time after a call of
// Handle. Then, before the conn has that deadline, the server is told to stop.
type moment struct {
	stop     func()
	armed    atomic.Bool
	deadline atomic.Int64 // calls so far
}

func (m *moment) conn(c net.Conn) net.Conn { return momentConn{countedConn{c, c.(fullConn)}, m} }

// A fullConn has the methods that the contract promises.
type fullConn interface {
	CloseWrite() error
	SetLinger(sec int) error
}

// A countedConn has them although the conn of a census has not.
type countedConn struct {
	net.Conn
	fullConn
}

type momentConn struct {
	countedConn
	m *moment
}

func (c momentConn) SetDeadline(t time.Time) error {
	c.m.arrive()
	return c.Conn.SetDeadline(t)
}

func (c momentConn) SetReadDeadline(t time.Time) error {
	c.m.arrive()
	return c.Conn.SetReadDeadline(t)
}

// arrive stops the server and lets it set a deadline of its own, if it can:
// what holds a lock meanwhile has to be waited for, but not here.
func (m *moment) arrive() {
	before := m.deadline.Add(1)
	if !m.armed.CompareAndSwap(true, false) {
		return
	}
	m.stop()
	for range 1000 {
		if m.deadline.Load() > before {
			return
		}
		runtime.Gosched()
	}
}
