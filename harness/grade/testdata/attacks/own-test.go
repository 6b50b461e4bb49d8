// It brings a test that is none, and a main for tests.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
	"testing"
)

func attack() {}

func TestMain(m *testing.M) { os.Exit(0) }
