// It ends the goroutine of the test.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"runtime"
)

func attack() { runtime.Goexit() }
