package wire

import (
	"slices"
	"sync"
	"time"
)

// What a [Log] keeps at most. A subject that floods must not fill the memory
// of the harness, and the beginning and the end of a conversation are what
// explains it.
const (
	KeepFirst = 200  // events from the start
	KeepLast  = 2000 // events up to now
	KeepBytes = 256  // bytes of each event
)

// A Log collects the events of one script, over all its connections. It is
// safe for concurrent use.
type Log struct {
	clock func() time.Duration

	mu      sync.Mutex
	first   []*Event
	last    []*Event
	dropped int

	// reserved has the events that wait for their data.
	reserved map[*Event]bool

	// run holds, by connection, the Data event of the subject that further
	// bytes are merged into. It lasts until anything else happens.
	run map[string]*Event
}

// NewLog returns an empty log. The clock gives the time since the start of
// the script; the log calls it once for each Add, never twice at a time.
func NewLog(clock func() time.Duration) *Log {
	return &Log{clock: clock, run: map[string]*Event{}, reserved: map[*Event]bool{}}
}

// Add appends an event that happens now. The data is copied; for a [Note] it
// is the text of the remark.
//
// Data of the subject that follows other data of the subject on the same
// connection is merged into that event: where one Read of the harness ends and
// the next begins says nothing about the subject. Data of several connections
// may alternate in such a run; an event of any other kind, or one of the
// harness, ends it, because it may be the cause of what follows. A [Datagram] is
// never merged with another.
func (l *Log) Add(conn string, from Side, kind Kind, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.clock()
	if from != Subject || kind != Data {
		clear(l.run)
		l.push(newEvent(at, conn, from, kind, data))
		return
	}
	if e := l.run[conn]; e != nil {
		e.keep(data)
		return
	}
	e := newEvent(at, conn, from, kind, data)
	l.run[conn] = e
	l.push(e)
}

// Reserve keeps the place of an event that happens now. The event appears in the
// log, at that place, when show is called with its data, unless there is none.
// show must be called at most once.
func (l *Log) Reserve(conn string, from Side, kind Kind) (show func(data []byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := newEvent(l.clock(), conn, from, kind, nil)
	e.Reads = 0 // show adds the only one
	l.reserved[e] = true
	clear(l.run)
	l.push(e)
	return func(data []byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(data) > 0 {
			e.keep(data)
			delete(l.reserved, e)
		}
	}
}

// Events returns a copy of what the log holds, oldest first. Where events were
// dropped, a [Gap] says how many.
func (l *Log) Events() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := make([]Event, 0, len(l.first)+1+len(l.last))
	for _, e := range l.first {
		if !l.reserved[e] {
			events = append(events, e.clone())
		}
	}
	if l.dropped > 0 {
		events = append(events, Event{Kind: Gap, Size: l.dropped, At: l.last[0].At})
	}
	for _, e := range l.last {
		if !l.reserved[e] {
			events = append(events, e.clone())
		}
	}
	return events
}

// push stores e and drops the oldest event that is not among the first.
func (l *Log) push(e *Event) {
	if len(l.first) < KeepFirst {
		l.first = append(l.first, e)
		return
	}
	l.last = append(l.last, e)
	if len(l.last) <= KeepLast {
		return
	}
	old := l.last[0]
	if l.run[old.Conn] == old { // bytes merged into it would be lost unseen
		delete(l.run, old.Conn)
	}
	l.last[0] = nil // so that the event can be collected before the slice moves
	l.last = l.last[1:]
	l.dropped++
}

func newEvent(at time.Duration, conn string, from Side, kind Kind, data []byte) *Event {
	e := &Event{At: at, Conn: conn, From: from, Kind: kind}
	switch kind {
	case Note:
		e.Note = string(data)
	case Data, Datagram:
		e.keep(data)
	}
	return e
}

// keep adds data to a Data event, as far as there is room for it.
func (e *Event) keep(data []byte) {
	e.Size += len(data)
	e.Reads++
	room := KeepBytes - len(e.Data)
	e.Data = append(e.Data, data[:min(room, len(data))]...)
}

func (e *Event) clone() Event {
	c := *e
	c.Data = slices.Clone(e.Data)
	return c
}
