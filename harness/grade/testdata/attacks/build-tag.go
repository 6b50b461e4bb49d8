//go:build !never

// It hides a forbidden import in a build constraint that is true.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() { os.Exit(0) }
