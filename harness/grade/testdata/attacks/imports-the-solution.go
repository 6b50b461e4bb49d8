// It imports the reference.
//
// Listed: refused
// Unlisted: does not compile

package echo

import (
	echo2 "socketkata/solutions/05-echo"
)

func attack() {}

var _ = echo2.Serve
