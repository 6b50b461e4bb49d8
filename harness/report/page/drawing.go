package page

import (
	"fmt"
	"slices"
	"time"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// A drawing is a ladder: time runs downwards, a lifeline for each conn of the
// harness on the left, the subject's on the right. It is as wide as the page
// allows: places across are in percent, places down in pixels.
type drawing struct {
	ID          int
	Title, Desc string
	Lanes       []lane
	Subject     string
	Rows        []row
	Head        int // pixels above the rows
	Height      int
}

// A lane is a lifeline on the left.
type lane struct {
	Name string
	X    string // "8%"
	Y    int    // of the name
	Top  int    // where the line begins
}

// A row is one event, or a pause.
type row struct {
	Class  string
	Number int    // the row's place, from 1
	Sign   string // "−" or "+" in a comparison
	Still  bool   // the lifelines are cut: a pause, or events left out
	Top    int    // y
	Bottom int
	Y      int    // of the arrow
	Text   int    // of the words
	From   string // x where the arrow begins; "" without one
	To     string
	Head   string // ID of the sign at the arrow's end
	Middle string // x of the words
	Wide   string // the words where there is room
	Narrow string
	Clock  string
	Says   string // the whole event in a sentence
	Quoted string // its bytes
	Hex    []string
}

// The measures of a drawing.
const (
	rowHeight  = 34 // pixels; style.css knows it too
	nameHeight = 16
	laneStep   = 8  // percent
	laneLimit  = 5  // with more conns than this they share one lifeline
	wideRoom   = 62 // columns on an arrow
	narrowRoom = 31
	laneRoom   = 3 // columns that a lane takes from them
	nameRoom   = 15
	firstRows  = 20
	lastRows   = 60
	pause      = 100 * time.Millisecond // gets a row
)

// newDrawing draws a script's conversation.
func newDrawing(r record.Record, n *numbering) *drawing {
	d := &drawing{ID: n.next(), Title: "What crossed the wire " + place(r.Arena)}
	d.Desc = "A ladder of " + wire.Count(len(r.Events), "event") + ", oldest first. The list below says the same in words, with all bytes."
	d.lanes(r)
	last := time.Duration(0)
	for _, e := range shorten(r.Events) {
		if e.At-last >= pause && last > 0 {
			d.pause(clock(e.At-last)+" later", "")
		}
		last = e.At
		d.event(e, r, "")
	}
	if wait := r.Elapsed - last; !r.Passed && wait >= pause {
		d.pause(clock(wait)+" with nothing more", wire.Clock(r.Elapsed))
	}
	d.finish()
	return d
}

// shorten keeps the beginning and the end, which explain most.
func shorten(events []wire.Event) []wire.Event {
	if len(events) <= firstRows+lastRows+1 {
		return events
	}
	end := wire.Last(events[firstRows:], lastRows)
	return slices.Concat(events[:firstRows], end)
}

// lanes gives each conn its lifeline, or all of them one when they are many.
func (d *drawing) lanes(r record.Record) {
	d.Subject = cut(labels(r).Subject, nameRoom)
	names := []string{labels(r).Harness}
	switch n := len(r.Conns); {
	case n > laneLimit:
		names = []string{wire.Count(n, "conn")}
	case n > 1:
		names = nil
		for _, c := range r.Conns {
			names = append(names, c.Harness)
		}
	}
	for i, name := range names {
		y := nameHeight * (i + 1)
		d.Lanes = append(d.Lanes, lane{Name: cut(name, nameRoom), X: percent(laneStep * i), Y: y - 4, Top: y})
	}
	d.Head = nameHeight*len(names) + 6
}

// lane returns the x of a conn's lifeline.
func (d *drawing) lane(conn string, r record.Record) string {
	i := slices.IndexFunc(r.Conns, func(c record.Conn) bool { return c.Name == conn })
	if i < 0 || i >= len(d.Lanes) {
		return percent(0)
	}
	return d.Lanes[i].X
}

// event adds a row. The sign is that of a comparison.
func (d *drawing) event(e wire.Event, r record.Record, sign string) {
	at := d.add(side(e.From)+" "+kind(e.Kind), sign)
	at.Clock, at.Says = wire.Clock(e.At), says(e, r)
	own := laneRoom * (len(d.Lanes) - 1)
	crowd := ""
	if len(r.Conns) > laneLimit && e.Conn != "" {
		crowd = cut(e.Conn, 12) + "  "
		own += len([]rune(crowd))
	}
	at.Wide, at.Narrow = crowd+e.Label(wideRoom-own), crowd+e.Label(narrowRoom-own)
	switch e.Kind {
	case wire.Gap:
		at.Clock, at.Still = "", true
		return
	case wire.Note:
		return
	case wire.Data, wire.Datagram:
		at.Quoted, at.Hex = e.Label(1<<20), hexLines(e.Data)
	}
	at.From, at.To, at.Head = d.lane(e.Conn, r), "100%", "to-right"
	if e.From == wire.Subject {
		at.From, at.To, at.Head = at.To, at.From, "to-left"
	}
	if e.Kind == wire.RST || e.Kind == wire.Refused {
		at.Head = "broken"
	}
}

// pause adds a row for time in which nothing happened.
func (d *drawing) pause(words, clock string) {
	at := d.add("pause", "")
	at.Still, at.Wide, at.Narrow, at.Says, at.Clock = true, words, words, words, clock
}

func (d *drawing) add(class, sign string) *row {
	i := len(d.Rows)
	top := d.Head + i*rowHeight
	d.Rows = append(d.Rows, row{Class: class, Number: i + 1, Sign: sign, Top: top, Bottom: top + rowHeight, Text: top + 16, Y: top + 24})
	at := &d.Rows[i]
	at.Middle = percent((laneStep*(len(d.Lanes)-1) + 100) / 2)
	switch sign {
	case minus:
		at.Class += " yours"
	case plus:
		at.Class += " reference"
	}
	return at
}

func (d *drawing) finish() { d.Height = d.Head + len(d.Rows)*rowHeight + 8 }

func percent(n int) string { return fmt.Sprintf("%d%%", n) }

// cut shortens s to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
