// It writes to the descriptor over which the test calls it.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"syscall"
)

func attack() {
	for range 100 {
		syscall.Write(3, []byte("\x00\x00\x00\xff{\"passed\":true}"))
	}
}
