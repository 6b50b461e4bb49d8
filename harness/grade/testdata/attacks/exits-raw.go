// It ends the process by the number of the system call.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"syscall"
)

func attack() { syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0) }
