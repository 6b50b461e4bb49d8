//go:build !linux && !darwin && !freebsd

package unixipc_test

import "testing"

func TestUnixipc(t *testing.T) {
	t.Skip("modes, peer credentials and sent files need Unix: do this exercise on Linux, macOS or FreeBSD")
}
