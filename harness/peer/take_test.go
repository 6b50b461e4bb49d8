package peer

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/network"
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

// TestExpectStuck plays a client that sends until an echo takes no more, and
// then takes the echo of what was taken.
func TestExpectStuck(t *testing.T) {
	onBench(t, func(b *Bench) {
		client := b.Dial(b.Serve(func(ln net.Listener) error {
			return serveEach(ln, func(c net.Conn) { io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c}) })
		}))
		message := Numbered(Plenty)
		client.StopReading()
		taken := client.ExpectStuck("the echo stops reading", message)
		client.CloseWrite()
		client.ResumeReading()
		client.Expect("what was taken comes back", message[:taken])
		client.ExpectEOF("the echo closes")
	})
}

// TestArrived fills every buffer on the way to a server that does not read, and
// then has it read.
func TestArrived(t *testing.T) {
	onBench(t, func(b *Bench) {
		read := make(chan struct{})
		client := b.Dial(b.Serve(func(ln net.Listener) error {
			return serveEach(ln, func(c net.Conn) {
				<-read
				io.Copy(io.Discard, c)
			})
		}))
		client.Send("one")
		b.Until("a few bytes arrive unread", client.Arrived)
		if b.arena == Loopback && network.CanSeeUnread {
			client.SendAsync(Numbered(Plenty))
			b.Until("more than the server's buffer are on their way", func() bool { return !client.Arrived() })
		}
		close(read)
		b.Until("all arrives once the server reads", client.Arrived)
	})
}

// TestBuffered counts what an echo keeps: bytes that it has read, of which it
// writes only half.
func TestBuffered(t *testing.T) {
	onBench(t, func(b *Bench) {
		client := b.Dial(b.Serve(func(ln net.Listener) error {
			return serveEach(ln, func(c net.Conn) {
				p := make([]byte, 100)
				n, _ := io.ReadFull(c, p)
				c.Write(p[:n/2])
				io.Copy(io.Discard, c)
			})
		}))
		client.Send(string(make([]byte, 100)))
		client.Expect("half of it comes back", string(make([]byte, 50)))
		if n, known := client.Buffered(); known {
			require.Equal(t, 50, n)
		} else {
			require.True(t, b.arena == Memory || !network.CanSeeUnread, "loopback on Linux tells")
		}
	})
}
