// It closes the outputs, so that nothing can be printed any more.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() {
	os.Stdout.Close()
	os.Stderr.Close()
}
