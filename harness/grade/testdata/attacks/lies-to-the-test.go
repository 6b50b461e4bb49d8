// It closes the control socket and answers on it with a file of its own.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
	"syscall"
)

func attack() {
	f, err := os.Create("/tmp/answer")
	if err == nil {
		syscall.Dup2(int(f.Fd()), 3)
	}
}
