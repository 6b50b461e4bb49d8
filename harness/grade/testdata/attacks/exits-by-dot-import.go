// It hides os.Exit in a dot import.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	. "os"
)

func attack() {}

func init() { Exit(0) }
