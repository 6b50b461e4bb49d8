//go:build !unix

package leak

// Limit returns how many descriptors a process may have open, which is known on
// Unix alone.
func Limit() (n uint64, known bool) { return 0, false }
