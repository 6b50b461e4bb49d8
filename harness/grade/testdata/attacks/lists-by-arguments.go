// It tells package testing to list the tests only.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() {}

func init() { os.Args = append(os.Args, "-test.list=.") }
