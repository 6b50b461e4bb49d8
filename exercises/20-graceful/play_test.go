package graceful_test

import (
	"context"
	"testing"

	"socketkata/harness/peer"
)

// TestPlay is what make play starts; go test alone skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		srv := newDesk().server()
		if s.Measured() {
			srv.Handle = func(_ context.Context, order string) (string, error) { return order, nil }
		}
		s.ServeContext(srv.Run)
		s.Hint(
			"nc 127.0.0.1 %PORT    type orders; a silent client gets FIN after 30s",
			"\"wait 8s\" takes its time: press Ctrl-C here meanwhile",
		)
	})
}
