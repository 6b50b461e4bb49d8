//go:build !e2e

package picture

import (
	"testing"

	"socketkata/harness/exam"
)

func TestBrowser(t *testing.T) {
	t.Skip(exam.LeftOut + "it needs a browser: make e2e looks at the page in one")
}
