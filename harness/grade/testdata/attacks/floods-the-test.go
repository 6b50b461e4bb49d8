// It sends 64 MiB on the control socket in one message.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"syscall"
)

func attack() {
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = 0xff
	}
	for range 64 {
		if _, err := syscall.Write(3, block); err != nil {
			return
		}
	}
}
