// It starts processes until it cannot, at most 64.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os/exec"
)

func attack() {
	for range 64 {
		exec.Command("/proc/self/exe", "-test.run=^$").Start()
	}
}
