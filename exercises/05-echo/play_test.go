package echo_test

import (
	"testing"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Serve(echo.Serve)
		s.Hint(
			"nc 127.0.0.1 %PORT                   type lines; Ctrl-C disconnects",
			"seq 1 100000 | nc 127.0.0.1 %PORT    a lot at once",
		)
	})
}
