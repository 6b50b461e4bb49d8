//go:build !linux && !darwin

package sockopts_test

import "testing"

func TestSockopts(t *testing.T) {
	t.Skip("these are system calls of Unix: do this exercise on Linux or macOS")
}
