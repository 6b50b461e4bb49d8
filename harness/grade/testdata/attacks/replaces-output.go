// It replaces os.Stdout, on which the bench writes whose output follows.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() { os.Stdout = nil }
