package observe

import "fmt"

// Kept is how many bytes are kept of what a test prints.
const Kept = 64 << 10

// A Capped buffer keeps the first and the last part of what is written to it
// and forgets the middle.
type Capped struct {
	limit int // kept bytes, half of them from the end
	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where the ring's next byte goes
	lost  int64
	last  byte // the last byte that was written
}

// WriteString adds text.
func (c *Capped) WriteString(text string) {
	if text == "" {
		return
	}
	c.last = text[len(text)-1]
	if c.limit == 0 {
		c.limit = Kept
	}
	half := c.limit / 2
	if room := half - len(c.head); room > 0 {
		room = min(room, len(text))
		c.head, text = append(c.head, text[:room]...), text[room:]
	}
	if len(text) > half {
		c.lost += int64(len(text) - half)
		text = text[len(text)-half:]
	}
	for len(text) > 0 {
		if len(c.tail) < half {
			room := min(half-len(c.tail), len(text))
			c.tail, text = append(c.tail, text[:room]...), text[room:]
			continue
		}
		n := copy(c.tail[c.next:], text)
		c.lost += int64(n)
		c.next, text = (c.next+n)%half, text[n:]
	}
}

// parts returns the kept head and tail and how many bytes between them are
// gone.
func (c *Capped) parts() (head, tail string, lost int64) {
	return string(c.head), string(c.tail[c.next:]) + string(c.tail[:c.next]), c.lost
}

// String returns what is kept, and says how much is not.
func (c *Capped) String() string {
	head, tail, lost := c.parts()
	if lost > 0 {
		return head + fmt.Sprintf("\n… %d bytes are left out …\n", lost) + tail
	}
	return head + tail
}

// A head keeps the first part of what is written to it.
type head struct{ text []byte }

func (h *head) WriteString(s string) {
	h.text = append(h.text, s[:min(len(s), Kept-len(h.text))]...)
}

func (h *head) String() string { return string(h.text) }
