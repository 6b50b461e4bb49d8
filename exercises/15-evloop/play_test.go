//go:build linux || darwin

package evloop_test

import (
	"testing"

	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.ServeFD(func(listenFD, stopFD int) error { return serve(edge, listenFD, stopFD) })
		s.Hint(
			"nc 127.0.0.1 %PORT                     type lines, from many terminals",
			"yes | nc 127.0.0.1 %PORT >/dev/null    a client that floods the others",
		)
	})
}
