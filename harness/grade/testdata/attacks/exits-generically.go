// It hides os.Exit in a generic function.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func call[F func(int)](f F) { f(0) }

func attack() { call(os.Exit) }
