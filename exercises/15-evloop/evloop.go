//go:build linux || darwin

// Package evloop is an event loop in three layers. A [Poller] asks the kernel
// which descriptors are ready. A [Loop] calls a function for each event, each
// timer, and each function that another goroutine hands over. [Serve] is an echo
// server on a Loop. The Go runtime has such a loop below every Read of package
// net. See epoll(7), kqueue(2). Every error may be wrapped.
package evloop

import (
	"context"
	"errors"
	"time"
)

// An Event says what is ready at one descriptor. Events of the same descriptor
// may come together or apart. In an event with Hup or Err, and in later ones of that
// descriptor, Read and Write may be set without a watch for them. A FIN may go
// unreported while its descriptor is not watched for reading.
type Event struct {
	FD    int
	Read  bool // a read does not block: there are bytes, EOF or an error
	Write bool // a write does not block
	Hup   bool // a conn's peer sends no more, because of its FIN or a reset
	Err   bool // the conn has failed, and the next read or write says how
}

// A Poller waits for many descriptors at once. One goroutine at a time may call
// Wait; everything else may be called from any goroutine, during a Wait, too.
// After Close, every method returns os.ErrClosed.
type Poller interface {
	// Add watches fd for reading if r is set, for writing if w is set. It
	// returns EEXIST if fd is watched already.
	Add(fd int, r, w bool) error

	// Mod changes what fd is watched for. What is ready at that time is
	// reported once more, in edge mode, too. Mod returns ENOENT if fd is not
	// watched.
	Mod(fd int, r, w bool) error

	// Del ends the watch of fd, before fd is closed. No later Wait reports what
	// was ready before. Del returns ENOENT if fd is not watched.
	Del(fd int) error

	// Wait waits until watched descriptors are ready, fills events, which has
	// room for one at least, and returns how many it filled. What finds no room
	// comes with the next Wait. If nothing is ready for d, Wait returns 0, and
	// not before; if d is 0 it does not wait, and if d is negative it waits
	// without limit. Signals do not end Wait, but Wake does: then it may return fewer
	// events than are ready, even none, and the next Wait, woken or not, the others.
	Wait(events []Event, d time.Duration) (n int, err error)

	// Wake ends the Wait in progress or, without one, the next. If that Wait ends
	// for another reason, Wake may end the one after it, or none. All Wakes between
	// two Waits count as one. Wake never blocks.
	Wake() error

	// Close releases the Poller's own descriptors. It ends the Wait in progress,
	// which returns os.ErrClosed; then they are released when that returns, at
	// the latest.
	Close() error
}

// New returns a Poller. If edge is false it is level-triggered: each Wait
// reports whatever is ready. If edge is true, Wait reports a descriptor only
// when there is news since it was last reported: bytes, a FIN or a client came,
// or a full socket has room again.
func New(edge bool) (Poller, error) { return newPoller(edge) }

// A Loop runs functions in one goroutine, that of Run. They never run at the
// same time, so they need no locks. Post may be called from any goroutine; all
// other methods, and the cancel of After, from a function that Run calls, or
// while no Run is in progress.
type Loop struct {
	// TODO: add fields.
}

// NewLoop returns a Loop that waits in p, which stays the caller's to close.
func NewLoop(p Poller) *Loop {
	// TODO: write this.
	return &Loop{}
}

// Add watches fd as [Poller].Add does. From the next Wait on, Run calls handle
// for each event of fd, those of one Wait in any order. If Add returns an error, it
// has changed nothing.
func (l *Loop) Add(fd int, r, w bool, handle func(Event)) error {
	return errors.New("Loop.Add is not written yet")
}

// Mod is [Poller].Mod. The handler stays.
func (l *Loop) Mod(fd int, r, w bool) error {
	return errors.New("Loop.Mod is not written yet")
}

// Del is [Poller].Del. Even if that fails, the handler of fd is not called again, not
// even for an event that the latest Wait has reported.
func (l *Loop) Del(fd int) error {
	return errors.New("Loop.Del is not written yet")
}

// Post has Run call f once, after the functions posted before. Run need not be in
// progress.
func (l *Loop) Post(f func()) {}

// After has Run call f once, as soon as d has passed and not before. Timers run
// in the order of their times, those of equal times in the order in which they
// were made. A negative d counts as 0. cancel takes the timer back; it does
// nothing if f has been called or was canceled before.
func (l *Loop) After(d time.Duration, f func()) (cancel func()) {
	return func() {}
}

// Run waits and calls functions until ctx is done, and returns ctx.Err(), or
// until Wait fails, and returns that error. In each turn it calls Wait once, and
// then, in any order, the handlers of the events, the timers that are due and
// the posted functions. What these post, or set to run after 0, waits for the
// next turn; a timer that becomes due meanwhile may. While there is nothing to call,
// Run stays in Wait; only a Wake or a canceled timer may cause an empty turn.
//
// If ctx becomes done, Run may finish the turn or drop its other events, in edge
// mode for good. If ctx is done at the start, Run calls nothing. Nothing stays
// registered on ctx. Handlers stay for the next Run, and so do timers and posted
// functions that were not called.
func (l *Loop) Run(ctx context.Context) error {
	return errors.New("Loop.Run is not written yet")
}

// Serve accepts clients from listenFD, a listening stream socket, and sends
// every byte back to the client it came from. It watches all descriptors with p,
// which may be level- or edge-triggered, and serves all clients in the calling
// goroutine. When a client half-closes, Serve sends the rest and closes; when a
// conn fails, or p refuses to watch it, Serve closes it.
//
// Between two Waits, Serve reads at most 16 KiB from each client. While a client
// does not read, Serve keeps at most 16 KiB of its bytes, and reads no more from
// it until it has sent them. Serve waits only in p.
//
// Serve returns nil once stopFD has bytes or EOF. It returns an error if listenFD or
// stopFD cannot be watched, or if p or listenFD fails permanently. Before it
// returns, it closes every client and ends the watch of listenFD and stopFD, which
// stay open; p is the caller's to close. Serve sets listenFD to non-blocking mode.
// What happens to new clients while no descriptor is free is up to Serve.
func Serve(p Poller, listenFD, stopFD int) error { return serve(p, listenFD, stopFD) }
