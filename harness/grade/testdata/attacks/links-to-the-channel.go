// It links to the variable that reports results, without importing its package.
//
// Listed: refused
// Unlisted: tampered

package echo

import (
	_ "unsafe"
)

//go:linkname inherited socketkata/harness/results.Inherited
var inherited func() *sender

type sender struct{}

//go:linkname end socketkata/harness/results.(*Sender).End
func end(s *sender, test, arena, status string)

func attack() {
	if inherited != nil {
		end(inherited(), "TestOneMessage_R1", "memory", "passed")
	}
}
