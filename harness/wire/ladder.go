package wire

import "unicode/utf8"

// A Ladder draws events one by one, as they happen, in the way of [Draw]. It
// does not know what is still to come, so its measures are fixed and every row
// begins with the name of its connection. The zero value draws for sides
// without names; a Ladder may be copied.
type Ladder struct{ Labels Labels }

// The measures of a ladder, in columns.
const (
	ladderWidth = 78
	ladderTimes = len("99.999s") // a longer time moves nothing but itself
)

func (l Ladder) sheet() sheet {
	s := sheet{names: maxName, times: ladderTimes, still: l.Labels.Still}
	right := max(len("   ")+s.times, utf8.RuneCountInString(plain(l.Labels.Subject))-1)
	s.inside = ladderWidth - s.names - margin - len("||") - right
	return s
}

// Header returns the line above the rows.
func (l Ladder) Header() string { return l.sheet().header(l.Labels) }

// Row returns the row of one event, without a newline. Of a [Gap] the words are
// its Note.
func (l Ladder) Row(e Event) string {
	s := l.sheet()
	s.times = max(s.times, utf8.RuneCountInString(s.clock(e)))
	return s.row(1, e) // nothing is at the top of a drawing that has no end
}
