// It behaves only if it is tested: it looks for the flags of package testing.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"flag"
	"os"
)

func attack() {
	if flag.Lookup("test.v") != nil {
		os.Exit(0)
	}
}
