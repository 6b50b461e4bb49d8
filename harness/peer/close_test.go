package peer

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/memnet"
	"socketkata/harness/wire"
)

// TestCloseIsDrawnAsItIs checks that Close is drawn as RST where it sends one:
// when bytes of the subject were not read.
func TestCloseIsDrawnAsItIs(t *testing.T) {
	for _, arena := range []Arena{Memory, Loopback} {
		for _, unread := range []bool{true, false} {
			b := newBench(t, arena, failure.Failure{}, "socketkata/harness/peer/none", goroutines())
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
			if _, inMemory := conn.(*memnet.Conn); inMemory || canSeeUnread {
				events := b.wire.Events()
				require.Equal(t, want, events[len(events)-1].Kind, "%s, unread: %v", arena, unread)
				require.Equal(t, !unread, err == io.EOF, "%s: %v", arena, err)
			}
			b.hangUpEverywhere()
			b.closePairs()
		}
	}
}
