//go:build !e2e

package site_test

import "testing"

func TestBrowser(t *testing.T) { t.Skip("needs a browser: make e2e looks at the pages in one") }
