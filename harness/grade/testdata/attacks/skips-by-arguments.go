// It tells package testing to skip every test.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() {}

func init() { os.Args = append(os.Args, "-test.skip=.") }
