// Package wire records what crossed a connection and shows it: a log of events,
// the ladder drawing of a conversation, bytes quoted for people, and the first
// place where two byte strings differ.
//
// It decides nothing about right and wrong, and it touches no connection
// itself: the sender or reader adds the events.
package wire

import (
	"fmt"
	"time"
)

// A Side says who did something on the wire.
type Side uint8

// The two sides of a conversation.
const (
	Harness Side = iota // the test's peer; drawn on the left
	Subject             // the code under test; drawn on the right
)

// A Kind says what happened.
type Kind uint8

// The kinds of events.
const (
	Open     Kind = iota // the connection is established; From is the side that dialed
	Data                 // From sent bytes
	FIN                  // From ended its half of the stream; the other half may go on
	RST                  // From reset the connection; what was in flight is lost
	Refused              // From did not accept the connection
	Note                 // a remark that is not on the wire: "client stops reading"
	Gap                  // Size events are left out here
	Datagram             // From sent one datagram, which may be empty
)

// An Event is one thing that happened on the wire.
type Event struct {
	At    time.Duration // since the start of the script
	Conn  string        // the name of the connection; may be empty
	From  Side          // who did it
	Kind  Kind          // what it was
	Data  []byte        // of Data and Datagram: the first KeepBytes bytes
	Size  int           // of Data and Datagram: the number of bytes in all; of Gap: the number of events
	Reads int           // of Data: how many calls to Add are merged into this event
	Note  string        // of Note: the remark; of Gap, if not empty: what is left out, in words
}

// Last returns the last n events. When earlier ones are left out, a [Gap] that
// counts them comes first, so the result has at most n+1 events.
func Last(events []Event, n int) []Event {
	n = max(n, 0)
	if len(events) <= n {
		return events
	}
	cut := len(events) - n
	missing := 0
	for _, e := range events[:cut] {
		if e.Kind == Gap {
			missing += e.Size
			continue
		}
		missing++
	}
	gap := Event{Kind: Gap, Size: missing, At: events[cut-1].At}
	return append([]Event{gap}, events[cut:]...)
}

// Count returns "1 byte", "2 bytes".
func Count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Bytes is a number of bytes, printed with its unit.
type Bytes int

func (n Bytes) String() string { return Count(int(n), "byte") }
