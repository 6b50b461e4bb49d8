// It imports the other end of the process arena, to call what the test has.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"socketkata/harness/remote"
)

func attack() {}

var _ = remote.Call
