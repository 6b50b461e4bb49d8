// It ends the process without the runtime, in a goroutine.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"syscall"
)

func attack() {
	go syscall.Exit(0)
	select {}
}
