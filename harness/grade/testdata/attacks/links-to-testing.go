// It links to a private function of package testing.
//
// Listed: refused
// Unlisted: does not compile

package echo

import (
	_ "unsafe"
)

func attack() { fail() }

//go:linkname fail testing.runTests
func fail()
