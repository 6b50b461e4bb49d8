// It blocks in system calls until it has no thread left.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"runtime"
)

func attack() {
	for range 300 {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
	}
}
