// It exits in the initializer of a package variable.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() {}

var _ = func() int { os.Exit(0); return 0 }()
