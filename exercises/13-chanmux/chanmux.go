// Package chanmux serves many conns from one goroutine that owns all state,
// the Go way: small goroutines read, and a select over channels takes turns.
// It is what select(2) and poll(2) are for in other languages, without them.
package chanmux

import (
	"context"
	"errors"
	"net"
	"time"
)

// An Event is what happened on one conn: a line came, or the conn ended.
//
// Lines are cut as [bufio.ScanLines] does: without "\n" or "\r\n", and what
// comes behind the last of them, before the peer's FIN, is a line too. A line
// of [bufio.MaxScanTokenSize] bytes or more ends its conn with
// [bufio.ErrTooLong].
type Event struct {
	ID   int    // the conn's number
	Line []byte // the line; it belongs to the receiver and never changes
	Err  error  // nil for a line; for the end io.EOF (FIN) or what Read failed with
}

// Merge reads lines from all the conns at once and sends them over the
// channel it returns. The ID of an Event is the index of its conn. The events
// of one conn keep their order; the last of them is its end, and no other has
// an Err. After the end of the last conn Merge closes the channel, without
// conns at once.
//
// While nobody receives, the readers wait and nothing is lost. When ctx is
// done they stop, whether they wait for their conn or for the receiver: events
// not yet received are dropped and the channel is closed.
//
// Merge neither writes to the conns nor closes them. It may leave them with a
// read deadline in the past when ctx ends.
func Merge(ctx context.Context, conns ...net.Conn) <-chan Event {
	// TODO: write this.
	events := make(chan Event, 1)
	events <- Event{Err: errors.New("Merge is not written yet")}
	close(events)
	return events
}

// A Loop is a line server that does all its thinking in one goroutine. Its
// functions are called from there, one call at a time, so that what they share
// needs no lock; a function that takes long delays everybody.
//
// The fields must not change while Run runs.
type Loop struct {
	// Tick is the time from one tick to the next. The first comes one Tick
	// after Run began, the others at multiples of it, whatever else happens.
	// At 0 there are none.
	Tick time.Duration
	// Ping is what silent clients get. At each tick a client that sent no
	// line since the tick before, or since it was accepted, gets Ping; if that
	// was so at the tick before too, it is dead: it gets nothing more, its end
	// is an Event with os.ErrDeadlineExceeded, and its conn is closed. With an
	// empty Ping silent clients stay.
	Ping []byte
	// OnEvent is called for each line and for the end of each client, which
	// is its last Event. What it returns is written to that client, at the end
	// of a stream too, for a client that half-closed still reads; nil writes
	// nothing. OnEvent must be set.
	OnEvent func(Event) []byte
	// OnTick, if set, is called at every tick with its time.
	OnTick func(now time.Time)
}

// Run accepts clients from ln, numbers them from 0 in this order and never
// uses a number twice. It answers each client in the order of its lines, and
// closes its conn once the answer to its end is written.
//
// No client waits for another. One that does not take its answers is not read
// from, beyond a few lines, until it does.
//
// Run ends when ctx is done or ln is closed, and returns nil; it ends with
// Accept's error when that fails otherwise. It then closes ln and all conns at
// once, for which OnEvent need not be called, and waits for its goroutines:
// after it has returned nothing of it runs.
func (l *Loop) Run(ctx context.Context, ln net.Listener) error {
	// TODO: write this.
	return errors.New("Run is not written yet")
}
