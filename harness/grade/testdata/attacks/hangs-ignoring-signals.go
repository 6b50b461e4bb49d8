// It hangs in the initializer and ignores every signal that can be ignored.
//
// Listed: refused
// Unlisted: graded
// Slow: yes

package echo

import (
	"os/signal"
)

func attack() {}

func init() {
	signal.Ignore()
	for {
	}
}
