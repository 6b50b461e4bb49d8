package peer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPairAs: the drawing tells the script's ends apart by what they play.
func TestPairAs(t *testing.T) {
	onBench(t, func(b *Bench) {
		client, conn := b.PairAs("client")
		feed, _ := b.PairAs("feed")
		client.Send("copper?\n")
		require.NoError(t, conn.Close())
		client.ExpectReset("bytes are unread")
		require.Equal(t, "feed", feed.side.Labels.Harness)
		rows := b.talk.Draw(client.side, 0)
		require.Contains(t, rows[0], "client ")
		require.Contains(t, rows[1], `── "copper?\n" ─`)
	})
}
