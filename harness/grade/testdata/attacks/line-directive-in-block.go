// The same in a block comment.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

/*line echo_test.go:1:1*/
func attack() { os.Exit(0) }
