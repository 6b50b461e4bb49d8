//go:build darwin || freebsd

package unixipc_test

import "os"

// asNobody calls f as the user of the process, and returns that: these systems
// change the user of all threads at once.
func asNobody(f func()) (uid uint32) {
	f()
	return uint32(os.Geteuid())
}
