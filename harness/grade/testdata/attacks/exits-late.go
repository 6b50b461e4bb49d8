// A goroutine exits with status 0 after the test has ended.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
	"time"
)

func attack() { time.AfterFunc(50*time.Millisecond, func() { os.Exit(0) }) }
