package streams_test

import (
	"testing"

	"socketkata/harness/peer"
)

// TestPlay is what make play starts; go test alone skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Handle(echo)
		s.Hint("nc 127.0.0.1 %PORT    type lines; more than 1000 bytes are ErrLimit")
	})
}
