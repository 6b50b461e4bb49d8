// It prints until the limit of output.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
	"strings"
)

func attack() {
	line := strings.Repeat("PASS\n", 1<<16)
	for range 200 {
		os.Stdout.WriteString(line)
	}
}
