// It closes every descriptor, so that no failure can be reported.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"syscall"
)

func attack() {
	for fd := 3; fd < 64; fd++ {
		syscall.Close(fd)
	}
}
