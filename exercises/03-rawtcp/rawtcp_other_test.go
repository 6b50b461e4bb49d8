//go:build !unix

package rawtcp_test

import "testing"

func TestRawtcp(t *testing.T) {
	t.Skip("these are system calls of Unix: do this exercise on Linux or macOS")
}
