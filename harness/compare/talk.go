package compare

import (
	"time"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// A talk is what one conn of one record says about the subject.
type talk struct {
	events []wire.Event // as they were, of this conn

	bytes []byte // the start of the subject's stream, as far as it was kept
	size  int    // of the whole stream
	reads int
	ended bool
	end   wire.Kind // FIN, RST or Refused
	acts  []act
}

// An act is something the peer did, and how much of the subject's stream had
// come for certain and at most. The end of a stream counts as a byte.
type act struct {
	kind        wire.Kind
	least, most int
}

// talks returns what each record with that conn says about it.
func talks(all []record.Record, conn string) []talk {
	var own []talk
	for _, r := range all {
		for _, c := range r.Conns {
			if c.Name == conn {
				own = append(own, newTalk(r.Events, conn))
			}
		}
	}
	return own
}

func newTalk(events []wire.Event, conn string) talk {
	var t talk
	whole := true // nothing of the stream is left out so far
	for _, e := range events {
		whole = whole && e.Kind != wire.Gap
		if e.Conn != conn {
			continue
		}
		t.events = append(t.events, e)
		switch {
		case e.Kind == wire.Note:
		case e.From == wire.Harness:
			t.acts = append(t.acts, act{kind: e.Kind})
		case e.Kind == wire.Data, e.Kind == wire.Datagram:
			if whole {
				t.bytes = append(t.bytes, e.Data...)
			}
			whole = whole && len(e.Data) == e.Size
			t.size += e.Size
			t.reads += e.Reads
		default:
			t.ended, t.end = true, e.Kind
		}
	}
	t.measure()
	return t
}

// measure finds how much had come before each act, by the clock: what came at
// the same instant may have come before or after.
func (t *talk) measure() {
	i := 0
	for _, e := range t.events {
		if e.From != wire.Harness || e.Kind == wire.Note {
			continue
		}
		t.acts[i].least, t.acts[i].most = t.until(e.At-1), t.until(e.At)
		i++
	}
}

// until returns how much of the stream had come at an instant.
func (t *talk) until(at time.Duration) int {
	n := 0
	for _, e := range t.events {
		switch {
		case e.From != wire.Subject || e.At > at || e.Kind == wire.Note:
		case e.Kind == wire.Data, e.Kind == wire.Datagram:
			n += e.Size
		default:
			n++
		}
	}
	return n
}

// upTo says how much n is of the stream.
func (t talk) upTo(n int) string {
	if n > t.size {
		return wire.Count(t.size, "byte") + " and " + name(t.end)
	}
	return wire.Count(n, "byte")
}
