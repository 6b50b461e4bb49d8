package chat_test

import (
	"testing"
	"time"

	chat "socketkata/exercises/10-chat"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		hub := &chat.Hub{Queue: 10, WriteTimeout: 10 * time.Second, MaxLine: maxLine}
		s.Serve(hub.Serve)
		s.Hint(
			"nc 127.0.0.1 %PORT    type your name, then lines; again in a second terminal",
			"Ctrl-Z in one of them, and yes | head -100000 | nc ... in another: who is dropped?",
		)
	})
}
