// It exits with status 0 in the first test.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() { os.Exit(0) }
