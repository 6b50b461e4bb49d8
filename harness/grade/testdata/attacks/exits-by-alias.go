// It hides os.Exit behind another name of the package and a method-like value.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	o "os"
)

func attack() {}

var leave = o.Exit

func init() { leave(0) }
