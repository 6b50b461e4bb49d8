//go:build !e2e

package page_test

import "testing"

func TestBrowser(t *testing.T) { t.Skip("needs a browser: make e2e looks at the page in one") }
