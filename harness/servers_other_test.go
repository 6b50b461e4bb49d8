//go:build !linux

package harness_test

import "testing"

func freePort(t *testing.T) string {
	t.Skip("only Linux keeps a port free for a server")
	return ""
}
