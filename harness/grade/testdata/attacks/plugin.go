// It loads code at run time.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"plugin"
)

func attack() { plugin.Open("/tmp/x.so") }
