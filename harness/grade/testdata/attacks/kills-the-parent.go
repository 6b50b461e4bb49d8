// It signals its parent, its group and every process that it may.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
	"syscall"
)

func attack() {
	syscall.Kill(os.Getppid(), syscall.SIGSTOP)
	syscall.Kill(0, syscall.SIGCONT)
	syscall.Kill(-1, syscall.SIGKILL)
}
