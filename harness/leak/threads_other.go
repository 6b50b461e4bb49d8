//go:build !linux

package leak

import "time"

// ThreadRuns is false, because threads cannot be seen here.
func ThreadRuns() bool { return false }

// DescendantRuns is false, because other processes cannot be seen here.
func DescendantRuns() bool { return false }

// DescendantsCPUTime is 0, because other processes cannot be seen here.
func DescendantsCPUTime() time.Duration { return 0 }

// CPUTimeOf is 0, because other processes cannot be seen here.
func CPUTimeOf(pid int) time.Duration { return 0 }
