package relay

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"socketkata/harness/wire"
)

// A Feed is the queue between the events and the code that draws them. Adding
// to it never waits: what is too much to read, or more than the drawer takes,
// is counted instead, and the drawer gets a [wire.Gap] with the counts. A Feed
// may be used concurrently.
type Feed struct {
	mu     sync.Mutex
	queue  []wire.Event
	all    allowance          // of all that happens on the wire
	each   map[from]allowance // of the bytes of one side of a connection
	lines  allowance          // of remarks
	missed missed
	closed bool
	wake   chan struct{} // has room for one
}

const (
	queueLength = 512                    // events that wait for the drawer
	gapAfter    = 500 * time.Millisecond // a gap is told at the latest
	mostSides   = 1000                   // with an allowance of their own
)

// NewFeed returns an empty feed.
func NewFeed() *Feed {
	return &Feed{each: make(map[from]allowance), wake: make(chan struct{}, 1)}
}

// Add adds what happened, and keeps no more of its bytes than are drawn. A
// [wire.Note] that is no remark is a line that the code has printed, if it is
// of the subject.
func (f *Feed) Add(e wire.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if len(f.queue) >= queueLength || !f.mayDraw(e, now) {
		f.missed.count(e, now)
		f.ring()
		return
	}
	if e.Kind == wire.Data || e.Kind == wire.Datagram {
		e.Data = append([]byte(nil), e.Data[:min(len(e.Data), wire.KeepBytes)]...)
	}
	f.push(e)
}

// Remark adds a remark on what happened.
func (f *Feed) Remark(text string) { f.Add(wire.Event{Kind: wire.Note, Note: text}) }

// Say adds a remark that must not be missed. There are to be few of them.
func (f *Feed) Say(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.push(wire.Event{Kind: wire.Note, Note: text})
}

// Close ends the feed once the drawer has taken what is in it.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.ring()
}

// Next waits until there is something to draw and returns all of it, oldest
// first. It returns false with the last of it, once the feed is closed.
func (f *Feed) Next() (events []wire.Event, more bool) {
	for {
		f.mu.Lock()
		if f.closed || f.missed.any() && time.Since(f.missed.since) >= gapAfter {
			f.tellGap()
		}
		events, f.queue = f.queue, nil
		more = !f.closed
		var gap <-chan time.Time // nil: there is none to tell
		if f.missed.any() {
			gap = time.After(gapAfter)
		}
		f.mu.Unlock()
		if len(events) > 0 || !more {
			return events, more
		}
		select {
		case <-f.wake:
		case <-gap:
		}
	}
}

// push adds e, and before it what was missed. f.mu is held.
func (f *Feed) push(e wire.Event) {
	f.tellGap()
	f.queue = append(f.queue, e)
	f.ring()
}

func (f *Feed) tellGap() {
	if f.missed.any() {
		f.queue = append(f.queue, wire.Event{Kind: wire.Gap, Note: f.missed.String()})
		f.missed = missed{}
	}
}

func (f *Feed) ring() {
	select {
	case f.wake <- struct{}{}:
	default: // it is set already
	}
}

// mayDraw reports whether a reader can still follow. f.mu is held.
func (f *Feed) mayDraw(e wire.Event, now time.Time) bool {
	switch e.Kind {
	case wire.Note:
		return f.lines.take(now, lineRate, 1)
	case wire.Data, wire.Datagram:
		if len(f.each) > mostSides {
			clear(f.each)
		}
		side := from{e.Conn, e.From}
		a := f.each[side]
		ok := a.take(now, sideRate, 1+float64(e.Size)/bigPiece)
		f.each[side] = a
		return ok && f.all.take(now, wholeRate, 1)
	}
	return f.all.take(now, wholeRate, 1)
}

// A rate says how much is drawn: all of a burst, and then so many in a second
// that a reader can follow.
type rate struct{ burst, perSecond float64 }

var (
	sideRate  = rate{burst: 24, perSecond: 4}   // pieces of bytes, of one side of a connection
	wholeRate = rate{burst: 200, perSecond: 50} // events of all connections
	lineRate  = rate{burst: 200, perSecond: 50} // printed lines
)

// bigPiece is how many bytes make a piece cost twice as much as a small one:
// what comes in such pieces is a flood, and a few of them tell that.
const bigPiece = 8 << 10

// A from is one side of a connection.
type from struct {
	conn string
	side wire.Side
}

// An allowance is what is left of a rate. The zero value is a whole burst.
type allowance struct {
	used float64
	at   time.Time
	dry  bool // it ran out, and does not begin again for a while
}

// take uses up as much as something costs, if there is any left.
func (a *allowance) take(now time.Time, r rate, cost float64) bool {
	a.used = max(0, a.used-r.perSecond*now.Sub(a.at).Seconds())
	a.at = now
	if a.dry && r.burst-a.used < r.perSecond {
		return false // or a flood would be drawn as one piece, one gap, one piece
	}
	if a.dry = r.burst-a.used < 1; a.dry {
		return false
	}
	a.used += cost
	return true
}

// Missed is what was not drawn.
type missed struct {
	since  time.Time
	bytes  int64
	pieces int // of bytes
	others int // events
	lines  int // remarks, and what the code printed
}

func (m missed) any() bool { return !m.since.IsZero() }

func (m *missed) count(e wire.Event, now time.Time) {
	if !m.any() {
		m.since = now
	}
	switch e.Kind {
	case wire.Data, wire.Datagram:
		m.pieces++
		m.bytes += int64(e.Size)
	case wire.Note:
		m.lines++
	default:
		m.others++
	}
}

// String says it in words: "12 MB in 190 pieces, 3 events not drawn".
func (m missed) String() string {
	var words []string
	if m.pieces > 0 {
		words = append(words, size(m.bytes)+" in "+wire.Count(m.pieces, "piece"))
	}
	if m.others > 0 {
		words = append(words, wire.Count(m.others, "event"))
	}
	if m.lines > 0 {
		words = append(words, wire.Count(m.lines, "line"))
	}
	return strings.Join(words, ", ") + " not drawn"
}

// size writes a number of bytes in at most three digits.
func size(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	if n == 1 {
		return "1 byte"
	}
	v, unit := float64(n), 0
	for v >= 999.5 && unit < len(units)-1 {
		v, unit = v/1000, unit+1
	}
	if unit > 0 && v < 9.95 {
		return fmt.Sprintf("%.1f %s", v, units[unit])
	}
	return fmt.Sprintf("%.0f %s", v, units[unit])
}
