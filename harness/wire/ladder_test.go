package wire_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

func TestLadder(t *testing.T) {
	l := wire.Ladder{Labels: labels}
	rows := []string{l.Header()}
	for _, e := range []wire.Event{
		{Conn: "client 1", Kind: wire.Open},
		data(ms/10, "client 1", wire.Harness, "ping\n"),
		data(ms/5, "client 1", wire.Subject, "ping\n"),
		{Kind: wire.Gap, Note: "12 MB in 190 pieces not drawn"},
		{At: 12*time.Second + 345*ms, Conn: "client 12", Kind: wire.FIN},
		{At: 3 * time.Hour, Conn: "client 123456", From: wire.Subject, Kind: wire.RST},
		{Conn: "client 2", From: wire.Subject, Kind: wire.Refused},
	} {
		rows = append(rows, l.Row(e))
	}
	require.Equal(t, []string{
		`            client                                                 your server`,
		`client 1      │── connect ────────────────────────────────────────▶│     0.0ms`,
		`client 1      │── "ping\n" ───────────────────────────────────────▶│     0.1ms`,
		`client 1      │◀─────────────────────────────────────── "ping\n" ──│     0.2ms`,
		`              ┆ … 12 MB in 190 pieces not drawn                    ┆`,
		`client 12     │── FIN ────────────────────────────────────────────▶│   12.345s`,
		`client 1234…  │◀──────────────────────────────────────────── RST ──│   10800.000s`,
		`client 2      │◀──────────────────────────────────────── refused ──│     0.0ms`,
	}, rows)
}

// TestLadderKeepsItsMeasures draws what does not fit.
func TestLadderKeepsItsMeasures(t *testing.T) {
	l := wire.Ladder{Labels: still}
	big := data(0, "client 1", wire.Harness, string(make([]byte, wire.KeepBytes)))
	big.Size = 1 << 40
	for _, e := range []wire.Event{
		big,
		{Kind: wire.Note, Note: string(make([]byte, 500))},
		{Kind: wire.Gap, Note: string(make([]byte, 500))},
	} {
		require.LessOrEqual(t, utf8.RuneCountInString(l.Row(e)), 78)
	}
}
