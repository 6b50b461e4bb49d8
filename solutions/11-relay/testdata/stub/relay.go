// Package relay joins two conns so that neither side notices the relay: it
// passes on what they send, where their streams end, and how their conns fail.
package relay

import (
	"context"
	"errors"
	"net"
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
	// TODO: write this.
	return 0, 0, errors.New("Relay is not written yet")
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
	// TODO: write this.
	return errors.New("Serve is not written yet")
}
