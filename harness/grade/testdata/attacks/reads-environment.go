// It prints the environment, which might hold a secret.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"fmt"
	"os"
)

func attack() { fmt.Println(os.Environ()) }
