// It prints sequences for terminals, workflow commands and markup.
//
// Listed: graded
// Unlisted: graded

package echo

import (
	"fmt"
)

func attack() {
	fmt.Print("\x1b[2J\x1b]0;pass\a\r::set-output name=score::100\n::stop-commands::x\n</failure><testcase/>]]>=cmd|' /C calc'!A0\n")
}
