//go:build !unix

package leak

import "time"

// CPUTime is not known here.
func CPUTime() (used time.Duration, ok bool) { return 0, false }
