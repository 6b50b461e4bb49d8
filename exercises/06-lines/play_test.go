package lines_test

import (
	"context"
	"net"
	"testing"
	"time"

	lines "socketkata/exercises/06-lines"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it. A line has at most
// 40 bytes here, and a minute to arrive.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Handle(func(_ context.Context, c net.Conn) error { return lines.Serve(c, 40, time.Minute) })
		s.Hint(
			"nc 127.0.0.1 %PORT                      type lines; one of more than 40 bytes is refused",
			"telnet 127.0.0.1 %PORT                  the same with \\r\\n, for you to see in the drawing",
			"printf '07:15 har' | nc 127.0.0.1 %PORT    half a line is not answered",
		)
	})
}
