// It prints the environment that the kernel remembers.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"fmt"
	"os"
)

func attack() {
	for _, file := range []string{"/proc/self/environ", "/proc/1/environ"} {
		text, err := os.ReadFile(file)
		fmt.Printf("%q %v\n", text, err)
	}
}
