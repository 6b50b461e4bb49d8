// It closes every descriptor and never returns.
//
// Listed: refused
// Unlisted: graded
// Slow: yes

package echo

import (
	"syscall"
)

func attack() {
	for fd := 3; fd < 64; fd++ {
		syscall.Close(fd)
	}
	syscall.Pause()
}
