package peer

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/memnet"
	"socketkata/harness/network"
	"socketkata/harness/subject"
	"socketkata/harness/wire"
)

// TestCloseIsDrawnAsItIs checks that Close is drawn as RST where it sends one:
// when bytes of the subject were not read.
func TestCloseIsDrawnAsItIs(t *testing.T) {
	for _, arena := range []Arena{Memory, Loopback} {
		for _, unread := range []bool{true, false} {
			b := newBench(t, arena, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
			p, conn := b.Pair()
			want := wire.FIN
			if unread {
				p.StopReading()
				_, err := io.WriteString(conn, "unread")
				require.NoError(t, err)
				want = wire.RST
			}
			p.Close()
			_, err := conn.Read(make([]byte, 1))
			if _, inMemory := conn.(*memnet.Conn); inMemory || network.CanSeeUnread {
				events := b.talk.Log.Events()
				require.Equal(t, want, events[len(events)-1].Kind, "%s, unread: %v", arena, unread)
				require.Equal(t, !unread, err == io.EOF, "%s: %v", arena, err)
			}
			b.tearDown()
			b.closeLent()
		}
	}
}

// TestReadUntilClosed takes what came before a FIN and before a RST.
func TestReadUntilClosed(t *testing.T) {
	for _, end := range []func(net.Conn){func(c net.Conn) { c.Close() }, network.Reset} {
		onBench(t, func(b *Bench) {
			p, conn := b.Pair()
			_, err := io.WriteString(conn, "bye")
			require.NoError(t, err)
			p.Expect("the first byte comes", "b")
			end(conn)
			require.Equal(t, "ye", p.ReadUntilClosed("the conn ends"))
			p.ExpectClosed("nothing is left")
		})
	}
}

// TestResetIsToldWhoeverMeetsIt checks that a reset is called one also when it
// is a write of the peer that the system tells of it, and not its reader.
func TestResetIsToldWhoeverMeetsIt(t *testing.T) {
	for _, arena := range []Arena{Memory, Loopback} {
		for range 50 {
			b := newBench(t, arena, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
			p, conn := b.Pair()
			p.SendAsync(strings.Repeat("x", Plenty))
			_, err := io.ReadFull(conn, make([]byte, 1))
			require.NoError(t, err)
			network.Reset(conn)
			p.ExpectReset("the conn was reset: " + string(arena))
			b.tearDown()
		}
	}
}
