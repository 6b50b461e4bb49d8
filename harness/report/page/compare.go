package page

import (
	"bytes"
	"slices"
	"strings"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// A comparison says how a conversation differs from the reference's, conn by
// conn: the order in which conns were served differs from run to run.
type comparison struct {
	Equal    bool
	Same     string // the conns that are the same, "" if none
	Drawings []compared
	More     int // conns that differ and are not drawn
}

// A compared is one conn of both.
type compared struct {
	Conn string // "" when there is only one
	*drawing
	Text string // the same as lines of text
}

// The signs are those of make diff.
const (
	minus = "−"
	plus  = "+"

	comparedLimit = 4   // conns
	alignLimit    = 400 // events of one conn
)

func compare(mine, reference record.Record, n *numbering) *comparison {
	c := &comparison{}
	var same []string
	names := connNames(mine, reference)
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		lines := align(of(mine.Events, name), of(reference.Events, name))
		if !slices.ContainsFunc(lines, func(l line) bool { return l.sign != "" }) {
			same = append(same, name)
			continue
		}
		if len(c.Drawings) == comparedLimit {
			c.More++
			continue
		}
		one := drawCompared(name, lines, mine, reference, n)
		if len(names) == 1 {
			one.Conn = ""
		}
		c.Drawings = append(c.Drawings, one)
	}
	c.Equal = len(c.Drawings) == 0
	c.Same = cut(strings.Join(same, ", "), 80)
	return c
}

// drawCompared draws one conn of both records.
func drawCompared(name string, lines []line, mine, reference record.Record, n *numbering) compared {
	one := func(r record.Record) record.Record {
		r.Conns = slices.DeleteFunc(slices.Clone(r.Conns), func(c record.Conn) bool { return c.Name != name })
		return r
	}
	mine, reference = one(mine), one(reference)
	named := mine
	if len(named.Conns) == 0 {
		named = reference
	}
	d := &drawing{ID: n.next(), Title: "Your conversation beside the reference's",
		Desc: "A ladder of both. The list below says the same in words: minus is only in yours, plus only in the reference's."}
	d.lanes(named)
	var text []string
	for _, l := range lines {
		d.event(l.event, named, l.sign)
		at := &d.Rows[len(d.Rows)-1]
		switch l.sign {
		case minus:
			at.Says = "only in yours: " + at.Says
		case plus:
			at.Says = "only in the reference's: " + at.Says
		}
		text = append(text, l.sign)
	}
	d.finish()
	events := make([]wire.Event, len(lines))
	for i, l := range lines {
		events[i] = l.event
	}
	for i, drawn := range wire.Draw(events, labels(named)) {
		sign := " "
		if i > 0 && text[i-1] != "" {
			sign = text[i-1]
		}
		text = append(text, sign+" "+drawn)
	}
	return compared{Conn: name, drawing: d, Text: strings.Join(text[len(lines):], "\n")}
}

// connNames are the conns of both, in the order they were made.
func connNames(mine, reference record.Record) []string {
	var names []string
	for _, r := range []record.Record{mine, reference} {
		for _, e := range r.Events {
			if e.Kind != wire.Gap && !slices.Contains(names, e.Conn) {
				names = append(names, e.Conn)
			}
		}
	}
	return names
}

// of returns the events of one conn. What the subject sent without anything in
// between is one event, whatever happened on other conns meanwhile.
func of(events []wire.Event, conn string) []wire.Event {
	var own []wire.Event
	for _, e := range events {
		if e.Conn != conn || e.Kind == wire.Gap {
			continue
		}
		if n := len(own) - 1; n >= 0 && e.From == wire.Subject && e.Kind == wire.Data && own[n].From == wire.Subject && own[n].Kind == wire.Data {
			own[n].Data = slices.Concat(own[n].Data, e.Data)
			own[n].Data = own[n].Data[:min(len(own[n].Data), wire.KeepBytes)]
			own[n].Size += e.Size
			own[n].Reads += e.Reads
			continue
		}
		own = append(own, e)
	}
	return own[:min(len(own), alignLimit)]
}

// A line is an event of one of the two, or of both.
type line struct {
	sign  string // "" in both, minus or plus
	event wire.Event
}

// align puts two conversations beside each other, with as many events in
// common as possible.
func align(mine, reference []wire.Event) []line {
	// common[i][j] is how many events mine[i:] and reference[j:] can share.
	common := make([][]int, len(mine)+1)
	for i := range common {
		common[i] = make([]int, len(reference)+1)
	}
	for i := len(mine) - 1; i >= 0; i-- {
		for j := len(reference) - 1; j >= 0; j-- {
			if alike(mine[i], reference[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var lines []line
	i, j := 0, 0
	for i < len(mine) || j < len(reference) {
		switch {
		case i < len(mine) && j < len(reference) && alike(mine[i], reference[j]):
			lines = append(lines, line{"", mine[i]})
			i, j = i+1, j+1
		case j == len(reference) || i < len(mine) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, line{minus, mine[i]})
			i++
		default:
			lines = append(lines, line{plus, reference[j]})
			j++
		}
	}
	return lines
}

// alike reports whether two events are the same but for their times.
func alike(a, b wire.Event) bool {
	return a.From == b.From && a.Kind == b.Kind && a.Size == b.Size && a.Note == b.Note && bytes.Equal(a.Data, b.Data)
}
