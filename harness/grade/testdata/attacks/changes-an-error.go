// It changes io.EOF, by which the bench knows the end of a stream.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"io"
)

func attack() { io.EOF = nil }
