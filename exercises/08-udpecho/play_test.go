package udpecho_test

import (
	"context"
	"net"
	"testing"

	udpecho "socketkata/exercises/08-udpecho"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.ServePacket(func(ctx context.Context, pc net.PacketConn) error {
			return udpecho.Serve(ctx, pc, limit)
		})
		s.Hint(
			"nc -u 127.0.0.1 %PORT                              each line is a datagram",
			"printf '' | socat - UDP:127.0.0.1:%PORT,shut-null   an empty one",
			"head -c 513 /dev/zero | nc -u 127.0.0.1 %PORT      one too long: no echo",
		)
	})
}
