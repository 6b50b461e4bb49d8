// It declares the package variables of the files that grading adds.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"testing"
)

func attack() {}

func TestZ(t *testing.T) {}
