//go:build !linux && !darwin

package evloop_test

import "testing"

func TestEvloop(t *testing.T) {
	t.Skip("epoll(7) and kqueue(2) are system calls of Linux and macOS: do this exercise there")
}
