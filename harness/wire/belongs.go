package wire

import (
	"bytes"
	"fmt"
)

// belongs says where the wrong bytes at offset at of got came from, in a stream
// long enough to tell: "" if that cannot be told.
func belongs(want, got []byte, at int) string {
	from := find(want, got, at)
	if from < 0 {
		return ""
	}
	after := at + common(want[from:], got[at:])
	next := find(want, got, after)
	switch {
	case next == after:
		return fmt.Sprintf("%s there are those of byte %d", Count(after-at, "byte"), from)
	case from < at:
		return fmt.Sprintf("there it goes back to byte %d", from)
	case len(got)-after < few:
		return missing(from-at) + " there"
	}
	return fmt.Sprintf("there it goes on at byte %d: %s", from, missing(from-at))
}

func missing(n int) string {
	if n == 1 {
		return "1 byte is missing"
	}
	return Count(n, "byte") + " are missing"
}

// few bytes may be found in several places.
const few = 16

// find returns the only offset in want of the bytes that got has at offset at,
// -1 if they are few, or not there, or there twice.
func find(want, got []byte, at int) int {
	if len(got)-at < few {
		return -1
	}
	key := got[at : at+few]
	from := bytes.Index(want, key)
	if from != bytes.LastIndex(want, key) {
		return -1
	}
	return from
}
