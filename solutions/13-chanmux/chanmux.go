// Package chanmux serves many conns from one goroutine that owns all state,
// the Go way: small goroutines read, and a select over channels takes turns.
// It is what select(2) and poll(2) are for in other languages, without them.
package chanmux

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"sync"
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
	events := make(chan Event)
	var readers sync.WaitGroup
	for id, c := range conns {
		readers.Go(func() {
			defer context.AfterFunc(ctx, func() { c.SetReadDeadline(past) })() // wakes a reader that waits in Read
			err := lines(c, id, func(e Event) error { return send(ctx, events, e) })
			send(ctx, events, Event{ID: id, Err: err})
		})
	}
	go func() {
		readers.Wait()
		close(events) // not before: a send on a closed channel panics
	}()
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
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer ln.Close() // wakes Accept
	defer cancel()

	accepted, ended := make(chan net.Conn), make(chan error, 1)
	all.Go(func() { ended <- accept(ctx, ln, accepted) })
	var tick <-chan time.Time // nil: a channel that is never ready
	if l.Tick > 0 {
		ticker := time.NewTicker(l.Tick) // made once: a timer per iteration would never fire under load
		defer ticker.Stop()
		tick = ticker.C
	}
	requests := make(chan request)
	clients := map[int]*client{}
	for next := 0; ; {
		select { // no default: it would go round without waiting
		case c := <-accepted:
			guest := &client{id: next, conn: c, answer: make(chan []byte, 1)}
			clients[next] = guest
			next++ // not len(clients): a number is never used twice
			all.Go(func() { guest.serve(ctx, requests) })
		case r := <-requests:
			l.event(r, clients)
		case now := <-tick:
			l.tick(now, clients, &all)
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

// event has OnEvent's answer to one event written by the client's goroutine.
func (l *Loop) event(r request, clients map[int]*client) {
	r.from.spoke = true
	if r.event.Err != nil {
		delete(clients, r.event.ID)
	}
	r.from.answer <- l.OnEvent(r.event) // never waits: there is room, and one request at a time
}

// tick looks for silent clients and calls OnTick.
func (l *Loop) tick(now time.Time, clients map[int]*client, all *sync.WaitGroup) {
	for _, c := range clients {
		if len(l.Ping) == 0 {
			break
		}
		switch {
		case c.spoke:
			c.spoke, c.asked = false, false
		case c.asked:
			c.conn.SetDeadline(past) // its goroutine wakes in Read or Write and tells the end
		default:
			c.asked = true
			all.Go(func() { c.conn.Write(l.Ping) }) // not here: it may wait for the client
		}
	}
	if l.OnTick != nil {
		l.OnTick(now)
	}
}

// accept hands over clients until ln fails or ctx is done.
func accept(ctx context.Context, ln net.Listener, accepted chan<- net.Conn) error {
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if send(ctx, accepted, c) != nil {
			c.Close() // it was accepted too late: nobody will serve it
			return nil
		}
	}
}

// A client is one conn of a Loop.
type client struct {
	id     int
	conn   net.Conn
	answer chan []byte // to the request under way; room for one

	// The owner's.
	spoke bool // since the last tick
	asked bool // got Ping at the last tick
}

// A request is an event that waits for its answer.
type request struct {
	from  *client
	event Event
}

// serve is the client's goroutine: it reads lines and writes answers in turn,
// so a client that does not read is not read from.
func (c *client) serve(ctx context.Context, requests chan<- request) {
	defer c.conn.Close()
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(past) })() // Read and Write both: either may be under way
	ask := func(e Event) error {
		if err := send(ctx, requests, request{c, e}); err != nil {
			return err
		}
		select {
		case answer := <-c.answer:
			_, err := c.conn.Write(answer)
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := lines(c.conn, c.id, ask)
	ask(Event{ID: c.id, Err: err}) // the last answer is written before the conn is closed
}

// lines calls each with every line of c. It returns what ended c, or each's
// error.
func lines(c net.Conn, id int, each func(Event) error) error {
	in := bufio.NewScanner(c)
	for in.Scan() {
		// A copy: the scanner uses its buffer again for the next line.
		if err := each(Event{ID: id, Line: bytes.Clone(in.Bytes())}); err != nil {
			return err
		}
	}
	return cmp.Or(in.Err(), io.EOF) // Scan stops in the same way for FIN and for failures
}

// send sends v unless ctx is done before somebody receives it. Without ctx a
// sender whose receiver left would wait for ever.
func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// past is a deadline that has passed: it ends calls that wait.
var past = time.Unix(1, 0)
