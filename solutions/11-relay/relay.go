// Package relay joins two conns so that neither side notices the relay: it
// passes on what they send, where their streams end, and how their conns fail.
package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Relay passes what a sends on to b and what b sends on to a, both ways at once
// and as soon as it arrives. The conns belong to Relay: it may set their
// deadlines, and closes both before it returns. Both have the methods
// CloseWrite() error and SetLinger(int) error, as *net.TCPConn and its wrappers
// do; Relay needs no particular type.
//
// When the stream of one side ends (FIN: Read returns io.EOF), Relay half-closes
// the other side's conn after the last byte, and the other direction carries on.
// When both streams have ended, Relay returns nil. Relay may ignore an error of
// CloseWrite, or treat it as that of a Write. Read does not show a reset that
// follows a FIN; such a reset counts once a Write meets it.
//
// Anything else ends both directions at once. Relay then resets both conns (RST:
// SetLinger(0), then Close), because a side that gets FIN believes that it has
// everything. Bytes on their way may be lost. Relay returns, wrapped or unchanged,
//
//   - the error of the Read or Write that failed first;
//   - ctx.Err(), if ctx is done, even before the call;
//   - os.ErrDeadlineExceeded, if no byte has moved in either direction for idle,
//     even after a FIN.
//
// If several of these happen together, it returns one of them.
//
// A byte has moved when the Write of it has returned. Relay may count the Read of
// it, and part of a Write in progress, too. It waits at least idle from the last
// byte that has moved and at most 2*idle from the last that it counts; if there is
// none, from the call. If idle is 0 or less, silence never ends anything.
//
// ab is how many bytes b's conn has taken, ba how many a's has, even if err is
// not nil. Of what one side does not take, Relay keeps at most 1 MiB in
// memory, and then stops reading from the other. It leaves no goroutine and
// nothing registered on ctx. Relay may be called concurrently, for two conns
// each.
func Relay(ctx context.Context, a, b net.Conn, idle time.Duration) (ab, ba int64, err error) {
	r := &conversation{a: a, b: b, idle: idle, over: make(chan struct{})}
	var watch, pass sync.WaitGroup
	watch.Go(func() { r.watch(ctx) })
	pass.Go(func() { ab = r.pass(b, a) })
	pass.Go(func() { ba = r.pass(a, b) }) // both at once: either side may speak first
	pass.Wait()
	close(r.over)
	watch.Wait()
	a.Close()
	b.Close()
	return ab, ba, r.err
}

// A conversation is what two sides say to each other through one call of Relay.
type conversation struct {
	a, b  net.Conn
	idle  time.Duration
	moved atomic.Bool   // bytes have moved since watch looked
	over  chan struct{} // closed when both directions have ended
	once  sync.Once     // of fail
	err   error         // why it failed; nil if it did not
}

// Bytes are reported looks times in each idle, up to one look late. Silence is
// certain after silentLooks: between idle and 2*idle after the last byte.
const (
	looks       = 4
	silentLooks = looks + 1
)

// between returns the time between two looks. A ticker does not take 0.
func (r *conversation) between() time.Duration { return max(r.idle/looks, 1) }

// pass passes what src sends on to dst, and then the end of it. It returns how
// many bytes dst has taken.
func (r *conversation) pass(dst, src net.Conn) (n int64) {
	for {
		if r.idle > 0 {
			src.SetReadDeadline(time.Now().Add(r.between())) // or io.Copy would not return to report
		}
		// The conns as they are: io.Copy finds splice(2) in a *net.TCPConn, and
		// nothing in a wrapper that counts its bytes.
		moved, err := io.Copy(dst, src)
		n += moved
		if moved > 0 {
			r.moved.Store(true)
		}
		switch {
		case err == nil:
			r.halfClose(dst)
			return n
		case r.idle > 0 && errors.Is(err, os.ErrDeadlineExceeded): // of a Read, before it took a byte
		default:
			r.fail(err) // the other direction may be blocked
			return n
		}
	}
}

// halfClose passes on the end of a stream. It does not ask for a *net.TCPConn:
// TLS, metrics and tests wrap it.
func (r *conversation) halfClose(dst net.Conn) {
	c, ok := dst.(interface{ CloseWrite() error })
	if !ok {
		r.fail(errors.ErrUnsupported)
		return
	}
	if err := c.CloseWrite(); err != nil {
		r.fail(err) // the RST of a side that had ended its own stream shows only here
	}
}

// watch waits until both directions have ended, and fails if ctx is done or
// the conversation idle before that.
func (r *conversation) watch(ctx context.Context) {
	var look <-chan time.Time // never ready without a limit
	if r.idle > 0 {
		t := time.NewTicker(r.between())
		defer t.Stop()
		look = t.C
	}
	for silent := 0; silent < silentLooks; {
		select {
		case <-r.over:
			return
		case <-ctx.Done():
			r.fail(ctx.Err())
			return
		case <-look:
			silent++
			if r.moved.Swap(false) { // in either direction: a download is not idle
				silent = 0
			}
		}
	}
	r.fail(os.ErrDeadlineExceeded)
}

// fail ends the conversation. What else fails because of that comes too late to
// be its error.
func (r *conversation) fail(err error) {
	r.once.Do(func() {
		r.err = err
		reset(r.a)
		reset(r.b)
	})
}

// reset closes a conn with RST. It also wakes a goroutine blocked in Read or
// Write.
func reset(c net.Conn) {
	if l, ok := c.(interface{ SetLinger(sec int) error }); ok {
		l.SetLinger(0) // or Close would send FIN, which says that this was all
	}
	c.Close()
}

// Serve accepts clients from ln. For each client it calls dial once and relays
// between the two conns as Relay does, with idle. The clients are served at
// once: a dial that takes long, or a relay that fails, concerns its own client
// only. If dial fails, even as Serve ends, Serve closes that client's conn (FIN or
// RST).
//
// Serve runs until ctx is done or Accept fails (it may retry transient errors).
// Then, at once, it closes ln, cancels the context of each dial, and ends each
// relay as if its ctx were done. If dial returns a conn even then, Serve resets it
// and closes the client's. When all of them have ended, it returns ctx.Err() or the
// error of Accept, wrapped or unchanged. Serve leaves no goroutine and nothing
// registered on ctx.
//
// dial may be called concurrently. It returns when its context is done, or
// soon after.
func Serve(ctx context.Context, ln net.Listener, dial func(context.Context) (net.Conn, error), idle time.Duration) error {
	var clients sync.WaitGroup
	defer clients.Wait()
	inner, cancel := context.WithCancel(ctx)
	defer cancel() // before Wait: if Accept failed, nothing else ends the relays
	defer ln.Close()
	defer context.AfterFunc(ctx, func() { ln.Close() })() // Accept knows no ctx
	for {
		client, err := ln.Accept()
		switch {
		case err == nil:
			clients.Go(func() { serve(inner, client, dial, idle) }) // dial may take its time
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			return err
		}
	}
}

// serve serves one client.
func serve(ctx context.Context, client net.Conn, dial func(context.Context) (net.Conn, error), idle time.Duration) {
	backend, err := dial(ctx)
	if err != nil {
		reset(client) // there is no answer: FIN would be an empty one
		return
	}
	Relay(ctx, client, backend, idle)
}
