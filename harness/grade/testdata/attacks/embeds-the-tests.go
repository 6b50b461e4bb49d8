// It embeds the tests to read what they expect.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"embed"
	"fmt"
)

//go:embed *_test.go
var tests embed.FS

func attack() { fmt.Println(tests.ReadDir(".")) }
