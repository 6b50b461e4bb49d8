// It looks for the solutions by their paths.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"fmt"
	"os"
	"path/filepath"
)

func attack() {
	for _, p := range []string{"../../solutions", "/repo/solutions", "/root", "/home", "/etc/passwd"} {
		if _, err := os.Stat(p); err == nil {
			fmt.Println("found", p)
		}
	}
	all, _ := filepath.Glob("/*/*.go")
	fmt.Println(all)
}
