// It moves the blame for a forbidden call to another file.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

//line echo_test.go:1
func attack() { os.Exit(0) }
