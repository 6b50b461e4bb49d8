//go:build !linux

package leak

// ThreadRuns is false, because threads cannot be seen here.
func ThreadRuns() bool { return false }
