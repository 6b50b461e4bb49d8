// It has names that look like others.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() { оs.Еxit(0) }

var оs struct{ Еxit func(int) }

func init() { оs.Еxit = os.Exit }
