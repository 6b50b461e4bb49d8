package wire

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Labels name the two sides of a drawing.
type Labels struct {
	Harness string // "client"
	Subject string // "your server"
	Still   bool   // every time is drawn as "·", so that two drawings can be compared
}

// The measures of a drawing, in columns. Indented by 8 it still fits into 78.
const (
	maxWidth  = 70
	minInside = 26 // between the two lifelines
	maxName   = 12 // of a connection
	margin    = 2  // left of the first lifeline
	arrow     = 6  // of a row beside its words: "── ", " ─▶"
)

// Draw returns events as a ladder, one row a line, the header first, and nil
// when there are none. Time runs downwards, the harness is on the left, and an
// arrow points away from the side that acted:
//
//	client                       your server
//	  │── "ping\n" ─────────────▶│   0.1ms
//	  │── FIN ──────────────────▶│   0.1ms
//	  │◀────────────────── FIN ──│   0.2ms
//
// Bytes are quoted or hexadecimal, so a bare word is never data. When the
// events belong to more than one connection, each row starts with its name.
func Draw(events []Event, l Labels) []string {
	if len(events) == 0 {
		return nil
	}
	s := measure(events, l)
	rows := []string{s.header(l)}
	for i, e := range events {
		rows = append(rows, s.row(i, e))
	}
	return rows
}

// A sheet holds the measures of one drawing.
type sheet struct {
	names  int // columns for the name of the connection, 0 when there is only one
	inside int // columns between the lifelines
	times  int // columns for the time
	still  bool
}

func measure(events []Event, l Labels) sheet {
	s := sheet{still: l.Still, inside: max(minInside, utf8.RuneCountInString(l.Harness))}
	conns := map[string]bool{}
	for _, e := range events {
		s.times = max(s.times, utf8.RuneCountInString(s.clock(e)))
		if e.Conn != "" {
			conns[e.Conn] = true
			s.names = max(s.names, utf8.RuneCountInString(name(e))+1)
		}
	}
	if len(conns) < 2 {
		s.names = 0
	}
	right := max(len("   ")+s.times, utf8.RuneCountInString(plain(l.Subject))-1) // of the second lifeline
	widest := maxWidth - s.names - margin - len("||") - right
	for i, e := range events {
		need := utf8.RuneCountInString(label(i, e, widest-arrow)) + arrow
		s.inside = max(s.inside, min(widest, need))
	}
	return s
}

func (s sheet) header(l Labels) string {
	left := strings.Repeat(" ", s.names) + pad(plain(l.Harness), margin+1+s.inside)
	return strings.TrimRight(left+plain(l.Subject), " ")
}

// row draws the event at index i.
func (s sheet) row(i int, e Event) string {
	line := ""
	if s.names > 0 {
		line = pad(name(e), s.names)
	}
	rail := "│"
	if e.Kind == Gap {
		rail = "┆"
	}
	line += strings.Repeat(" ", margin) + rail + s.between(e, label(i, e, s.inside-arrow)) + rail
	if clock := s.clock(e); clock != "" {
		line += "   " + strings.Repeat(" ", s.times-utf8.RuneCountInString(clock)) + clock
	}
	return line
}

// between draws the space between the two lifelines.
func (s sheet) between(e Event, text string) string {
	fill := s.inside - utf8.RuneCountInString(text) - arrow
	switch {
	case e.Kind == Gap:
		return pad(" … "+text, s.inside)
	case e.Kind == Note && e.From == Subject:
		return strings.Repeat(" ", fill+1) + "· " + text + " · "
	case e.Kind == Note:
		return " · " + text + " ·" + strings.Repeat(" ", fill+1)
	case e.From == Subject:
		return "◀" + strings.Repeat("─", fill+1) + " " + text + " ──"
	}
	return "── " + text + " " + strings.Repeat("─", fill+1) + "▶"
}

// clock writes the time of an event.
func (s sheet) clock(e Event) string {
	switch {
	case e.Kind == Gap:
		return ""
	case s.still:
		return "·"
	}
	return Clock(e.At)
}

// Clock writes a time: milliseconds up to one second, then seconds.
func Clock(at time.Duration) string {
	if at < time.Second {
		return fmt.Sprintf("%.1fms", float64(at)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.3fs", at.Seconds())
}

// Label returns the words for the event in at most room columns, as [Draw]
// puts them on the arrow.
func (e Event) Label(room int) string { return label(1, e, room) }

// datagram tells one from bytes of a stream in a drawing.
const datagram = "datagram "

// label returns the words for an event, in at most room columns. A gap at the
// top of a drawing (index 0) counts what came before.
func label(i int, e Event, room int) string {
	switch e.Kind {
	case Open:
		return "connect"
	case Data:
		return bytesIn(e, room)
	case Datagram:
		return datagram + bytesIn(e, room-len(datagram))
	case FIN:
		return "FIN"
	case RST:
		return "RST"
	case Refused:
		return "refused"
	case Gap:
		if e.Note != "" {
			return cut(plain(e.Note), room)
		}
		if i == 0 {
			return Count(e.Size, "earlier event")
		}
		return Count(e.Size, "event") + " left out"
	}
	return cut(plain(e.Note), room)
}

// bytesIn quotes as many bytes of e as fit into room columns.
func bytesIn(e Event, room int) string {
	text := isText(e.Data)
	if s := quoteCut(e.Data, len(e.Data), e.Size, text); utf8.RuneCountInString(s) <= room {
		return s
	}
	n := sort.Search(len(e.Data), func(n int) bool {
		return utf8.RuneCountInString(quoteCut(e.Data, n+1, e.Size, text)) > room
	})
	return quoteCut(e.Data, n, e.Size, text)
}

func name(e Event) string { return cut(plain(e.Conn), maxName) }

// plain escapes what would move the cursor or is not printable.
func plain(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// cut shortens s to n columns.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + "…"
}

// pad fills s with spaces up to n columns.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s)))
}
