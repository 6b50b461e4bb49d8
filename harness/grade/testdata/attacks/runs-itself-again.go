// It becomes the test program again, without a judge.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
	"syscall"
)

func attack() { syscall.Exec("/proc/self/exe", []string{"tests", "-test.run=^$"}, os.Environ()) }
