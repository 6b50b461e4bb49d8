// It changes the flags of package testing once they are read.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"flag"
)

func attack() {
	flag.Set("test.run", "^$")
	flag.Set("test.skip", ".")
}
