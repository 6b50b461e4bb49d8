package frames_test

import (
	"context"
	"net"
	"testing"

	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it. The server sends
// each frame back; a payload has at most 1 MiB.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Handle(func(_ context.Context, c net.Conn) error { return sendBack(c) })
		s.Hint(
			`printf 'Q\0\0\0\012ACME 12.50' | nc 127.0.0.1 %PORT | od -c    a frame comes back`,
			`printf 'Q\0\0\0\012ACME' | nc 127.0.0.1 %PORT                  the end of half a frame`,
			`printf 'S\377\377\377\377' | nc 127.0.0.1 %PORT                4 GiB, says the header`,
		)
	})
}
