//go:build !unix

package pollecho_test

import "testing"

func TestPollecho(t *testing.T) {
	t.Skip("poll(2) is a system call of Unix: do this exercise on Linux or macOS")
}
