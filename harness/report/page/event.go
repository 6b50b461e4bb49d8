package page

import (
	"fmt"
	"strings"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

func side(s wire.Side) string {
	if s == wire.Subject {
		return "subject"
	}
	return "harness"
}

// kind is the class of an event.
func kind(k wire.Kind) string {
	switch k {
	case wire.Open:
		return "open"
	case wire.Data, wire.Datagram:
		return "data"
	case wire.FIN:
		return "fin"
	case wire.RST, wire.Refused:
		return "rst"
	case wire.Gap:
		return "gap"
	}
	return "note"
}

// says is an event in a sentence.
func says(e wire.Event, r record.Record) string {
	who, whom := ends(e, r)
	switch e.Kind {
	case wire.Open:
		return who + " connects to " + whom
	case wire.Data:
		text := fmt.Sprintf("%s sends %s to %s", who, wire.Count(e.Size, "byte"), whom)
		if e.Reads > 1 {
			text += fmt.Sprintf(", which came in %d pieces", e.Reads)
		}
		return text
	case wire.Datagram:
		return fmt.Sprintf("%s sends a datagram of %s to %s", who, wire.Count(e.Size, "byte"), whom)
	case wire.FIN:
		return who + " sends FIN to " + whom + ": it sends no more, and may still receive"
	case wire.RST:
		return who + " resets the conn to " + whom + " (RST)"
	case wire.Refused:
		return who + " refuses the conn of " + whom
	case wire.Gap:
		return e.Label(1 << 10)
	}
	return "remark: " + e.Label(1<<10)
}

// ends names who acted, and the other side.
func ends(e wire.Event, r record.Record) (who, whom string) {
	l := labels(r)
	harness, subject := l.Harness, l.Subject
	for _, c := range r.Conns {
		if c.Name == e.Conn {
			harness, subject = c.Harness, c.Subject
		}
	}
	if e.From == wire.Subject {
		return subject, harness
	}
	return harness, subject
}

// The measures of a hexadecimal listing. It must fit on a phone.
const (
	hexWidth = 8
	hexBytes = 128
)

// hexLines lists the first bytes of p: offset, bytes, characters.
func hexLines(p []byte) []string {
	var lines []string
	for at := 0; at < min(len(p), hexBytes); at += hexWidth {
		part := p[at:min(at+hexWidth, len(p), hexBytes)]
		text := make([]byte, len(part))
		for i, c := range part {
			if text[i] = c; c < ' ' || c > '~' {
				text[i] = '.'
			}
		}
		lines = append(lines, fmt.Sprintf("%04x  %-*s %s", at, 3*hexWidth, fmt.Sprintf("% x", part), text))
	}
	if n := len(p) - hexBytes; n > 0 {
		lines = append(lines, fmt.Sprintf("%s %d more", strings.Repeat(" ", 5), n))
	}
	return lines
}
