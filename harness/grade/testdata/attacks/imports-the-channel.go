// It imports the results channel and reports that it passed.
//
// Listed: refused
// Unlisted: tampered

package echo

import (
	"socketkata/harness/results"
)

func attack() {
	for _, arena := range []string{"memory", "loopback", "process", ""} {
		results.Inherited().End("TestOneMessage_R1", arena, results.Passed)
	}
}
