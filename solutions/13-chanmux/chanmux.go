// Package chanmux serves many conns from one goroutine that owns all state. It
// does so the Go way: small goroutines read, and the owner selects over
// channels. Programs in other languages use select(2) or poll(2) for this.
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
	"sync/atomic"
	"time"
)

// An Event says what happened on one conn: it received a line, or it ended.
//
// Lines are split as [bufio.ScanLines] does: "\n" or "\r\n" ends a line and is
// removed, and any bytes between the last line ending and the peer's FIN are a
// line, too; before any other end that line may be dropped. A line of
// [bufio.MaxScanTokenSize] bytes or more, "\r" included, is not delivered: once so
// many have come, its conn ends with [bufio.ErrTooLong].
type Event struct {
	ID   int    // the conn's number
	Line []byte // the line; it belongs to the receiver, who may append to it
	Err  error  // nil for a line; for the end, io.EOF (FIN) or another cause, by errors.Is
}

// Merge reads lines from all conns concurrently and sends them on the channel it
// returns. The ID of an Event is the index of its conn. The events of one conn
// stay in order; the last of them is its end, and only that one has an Err.
// Merge closes the channel after the last conn has ended, or at once if there
// are no conns.
//
// While nobody receives, the readers block and nothing is lost. When ctx is
// done, the readers stop, even if they are blocked in Read or on the channel:
// Merge drops the events not yet received, sends no further event, not even an
// end, and closes the channel.
//
// Merge neither writes to the conns nor closes them. It may set read deadlines
// on them, and when ctx is done, leave one in the past. One that the caller has set
// may end a conn with os.ErrDeadlineExceeded. Once the channel is closed, Merge's
// goroutines end, and nothing stays registered on ctx.
func Merge(ctx context.Context, conns ...net.Conn) <-chan Event {
	events := make(chan Event)
	var readers sync.WaitGroup
	for id, c := range conns {
		readers.Go(func() {
			defer context.AfterFunc(ctx, func() { c.SetReadDeadline(past) })() // wakes a reader blocked in Read
			err := lines(c, id, func(e Event) error { return send(ctx, events, e) })
			send(ctx, events, Event{ID: id, Err: err})
		})
	}
	go func() {
		readers.Wait()
		close(events) // not earlier: a send on a closed channel panics
	}()
	return events
}

// A Loop is a line server that makes all its decisions in one goroutine. That
// goroutine calls OnEvent and OnTick, one call at a time, so the state they
// share needs no lock; a slow call delays every client.
//
// The fields must not change while Run is running.
type Loop struct {
	// Tick is the time between two ticks. The first tick is one Tick after the
	// start of Run, the others at multiples of Tick, whatever else happens. A
	// tick that is due during a slow call comes late or is left out: then the last
	// tick is the last one that came. 0 means no ticks.
	Tick time.Duration
	// Ping is sent to silent clients. At each tick, a client that has sent no
	// line since the last tick, or since it was accepted, gets Ping. If it was
	// silent at the last tick, too, it is dead instead: it gets nothing more,
	// the Err of its end is or wraps os.ErrDeadlineExceeded; its conn is closed.
	//
	// Ping is written between two answers, never within one. A line counts as
	// sent once Run has read it, even if OnEvent is still busy with another. So a
	// client that Run has stopped reading from is silent, even if it has half-closed.
	// A client whose end was reported gets no Ping, and may take any time to read its
	// last answers. If Ping is empty or Tick is 0, silent clients stay.
	Ping []byte
	// OnEvent is called for each line and once for the end of each client, which
	// is its last Event. Its result is written to that client, even after EOF,
	// because a client that half-closed still reads, but not to a dead client; nil
	// or empty sends nothing.
	// Run writes after OnEvent has returned, so OnEvent must not reuse its slice.
	// Run changes neither that slice nor the memory behind it. OnEvent must be
	// set.
	OnEvent func(Event) []byte
	// OnTick, if not nil, is called at every tick with the time it was due.
	// The ends of clients that are dead at this tick may come before or after.
	// Ping needs no OnTick.
	OnTick func(now time.Time)
}

// Run accepts clients from ln and numbers them from 0 in the order it accepts
// them; no number is used twice. It answers each client's lines in order, and
// closes its conn after its end, once its answers are written or cannot be. Run
// forgets a client once its conn is closed.
//
// No client waits for another. If a client does not read its answers, Run stops
// reading from it until it does, with at most 100 answers waiting or being written.
// Lines without an answer alone never stop it.
//
// A client whose Write failed ends at once, with that error, or once its Read
// fails, with that one.
//
// Run returns nil when ctx is done or ln is closed, and Accept's error if
// Accept fails otherwise. Before it returns, it closes ln and all conns without
// waiting for any client, waits for all its goroutines to finish, and leaves nothing
// registered on ctx. OnEvent may miss the lines and ends that it has not got by then.
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
		select { // no default: it would make this a busy loop
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

// event calls OnEvent and passes its answer to the client's goroutine, which
// writes it.
func (l *Loop) event(r request, clients map[int]*client) {
	if r.event.Err != nil {
		delete(clients, r.event.ID)
	}
	r.from.answer <- l.OnEvent(r.event) // never blocks: it has room for one, and one request is in flight
}

// tick checks for silent clients and calls OnTick.
func (l *Loop) tick(now time.Time, clients map[int]*client, all *sync.WaitGroup) {
	for _, c := range clients {
		if len(l.Ping) == 0 {
			break
		}
		switch {
		case c.spoke.Swap(false):
			c.asked = false
		case c.asked:
			c.conn.SetDeadline(past) // its goroutine wakes in Read or Write and reports the end
		default:
			c.asked = true
			all.Go(func() { c.conn.Write(l.Ping) }) // not here: it may block
		}
	}
	if l.OnTick != nil {
		l.OnTick(now)
	}
}

// accept sends accepted conns to the owner until ln fails or ctx is done.
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
			c.Close() // accepted too late: the owner has stopped receiving
			return nil
		}
	}
}

// A client is one conn of a Loop.
type client struct {
	id     int
	conn   net.Conn
	answer chan []byte // to the request in flight; has room for one
	spoke  atomic.Bool // a line was read since the last tick
	asked  bool        // it got Ping at the last tick; only the owner uses it
}

// A request is an event whose client waits for the answer.
type request struct {
	from  *client
	event Event
}

// serve is the client's goroutine. It alternates between reading a line and
// writing its answer, so it does not read from a client that does not read.
func (c *client) serve(ctx context.Context, requests chan<- request) {
	defer c.conn.Close()
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(past) })() // both directions: Read or Write may be blocked
	ask := func(e Event) error {
		c.spoke.Store(true)                // not in the owner: OnEvent may be busy until after the tick
		send(ctx, requests, request{c, e}) // fails only when ctx is done, which the select sees, too
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

// lines calls each for every line of c. It returns each's error, or the error
// that ended c.
func lines(c net.Conn, id int, each func(Event) error) error {
	in := bufio.NewScanner(c)
	for in.Scan() {
		// A copy: the scanner reuses its buffer for the next line.
		if err := each(Event{ID: id, Line: bytes.Clone(in.Bytes())}); err != nil {
			return err
		}
	}
	return cmp.Or(in.Err(), io.EOF) // Scan returns false at FIN and at errors alike
}

// send sends v, or returns ctx's error if ctx is done first. Without ctx, a
// sender whose receiver has left would block forever.
func send[T any](ctx context.Context, to chan<- T, v T) error {
	if ctx.Err() != nil {
		return ctx.Err() // the select may choose a receiver that is ready
	}
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// past is a deadline in the past: it wakes blocked calls.
var past = time.Unix(1, 0)
