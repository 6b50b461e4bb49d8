// It stops the garbage collector and lets one goroutine run at a time.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"runtime"
	"runtime/debug"
)

func attack() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(1)
	debug.SetMaxThreads(20)
}
