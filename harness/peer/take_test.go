package peer

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTake plays a client that takes its echo in parts.
func TestTake(t *testing.T) {
	onBench(t, func(b *Bench) {
		client := b.Dial(b.Serve(func(ln net.Listener) error {
			return serveEach(ln, func(c net.Conn) { io.Copy(c, c) })
		}))
		client.StopReading()
		client.Send("123456789")
		for _, part := range []string{"1", "23", "456"} {
			client.Take(len(part))
			client.Expect("a part of the echo comes", part)
			require.Empty(t, client.end.Inbox(), "no byte more is read")
		}
		client.ResumeReading()
		client.Expect("the rest comes", "789")
	})
}
