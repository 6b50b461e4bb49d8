package wire_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

var (
	labels = wire.Labels{Harness: "client", Subject: "your server"}
	still  = wire.Labels{Harness: "client", Subject: "your server", Still: true}
)

func data(at time.Duration, conn string, from wire.Side, s string) wire.Event {
	return wire.Event{At: at, Conn: conn, From: from, Kind: wire.Data, Data: []byte(s), Size: len(s), Reads: 1}
}

func requireDrawing(t *testing.T, want string, rows []string) {
	t.Helper()
	want = strings.Trim(want, "\n")
	if diff := cmp.Diff(strings.Split(want, "\n"), rows); diff != "" {
		t.Errorf("drawing (-want +got):\n%s\ngot\n%s", diff, strings.Join(rows, "\n"))
	}
	for _, row := range rows {
		require.LessOrEqual(t, utf8.RuneCountInString(row), 78-8, "columns of %q", row)
	}
}

const ms = time.Millisecond

func TestDraw(t *testing.T) {
	events := []wire.Event{
		data(ms/10, "client", wire.Harness, "ping\n"),
		{At: ms / 10, Conn: "client", Kind: wire.FIN},
		{At: ms / 5, Conn: "client", From: wire.Subject, Kind: wire.FIN},
	}
	requireDrawing(t, `
client                       your server
  │── "ping\n" ─────────────▶│   0.1ms
  │── FIN ──────────────────▶│   0.1ms
  │◀────────────────── FIN ──│   0.2ms
`, wire.Draw(events, labels))
}

func TestDrawEveryKindStill(t *testing.T) {
	events := []wire.Event{
		{Kind: wire.Gap, Size: 40},
		{Kind: wire.Open},
		data(0, "", wire.Harness, "FIN"),
		{Kind: wire.Note, Note: "client stops reading"},
		data(0, "", wire.Subject, "\x00\xff\x1b"),
		{Kind: wire.Gap, Size: 1},
		{Kind: wire.Note, From: wire.Subject, Note: "Serve returned"},
		{Kind: wire.RST, From: wire.Subject},
		{Kind: wire.Refused, From: wire.Subject},
	}
	requireDrawing(t, `
client                       your server
  ┆ … 40 earlier events      ┆
  │── connect ──────────────▶│   ·
  │── "FIN" ────────────────▶│   ·
  │ · client stops reading · │   ·
  │◀─────────── 0x00 ff 1b ──│   ·
  ┆ … 1 event left out       ┆
  │       · Serve returned · │   ·
  │◀────────────────── RST ──│   ·
  │◀────────────── refused ──│   ·
`, wire.Draw(events, still))
}

func TestDrawSeveralConnections(t *testing.T) {
	events := []wire.Event{
		{At: ms, Conn: "anna", Kind: wire.Open},
		{At: 20 * ms, Conn: "berta", Kind: wire.Open},
		data(300*ms, "anna", wire.Harness, "hi\n"),
		data(1500*ms, "berta", wire.Subject, "anna: hi\n"),
		{At: 30 * time.Second, Kind: wire.Note, Note: "30s later"},
	}
	requireDrawing(t, `
      client                       your server
anna    │── connect ──────────────▶│     1.0ms
berta   │── connect ──────────────▶│    20.0ms
anna    │── "hi\n" ───────────────▶│   300.0ms
berta   │◀───────── "anna: hi\n" ──│    1.500s
        │ · 30s later ·            │   30.000s
`, wire.Draw(events, labels))
}

func TestDrawCutsWhatIsLong(t *testing.T) {
	long := strings.Repeat("abcdefgh", 32)
	events := []wire.Event{
		{Conn: "the first connection", Kind: wire.Data, Data: []byte(long), Size: 4096},
		{Conn: "the second connection", From: wire.Subject, Kind: wire.Data, Data: []byte(long), Size: 256},
		{Kind: wire.Note, Note: strings.Repeat("very ", 30) + "long\x1b[31m"},
	}
	requireDrawing(t, `
             client                                        your server
the first c…   │── "abcdefghabcdefghabcde"… (4096 bytes) ─▶│   0.0ms
the second …   │◀─ "abcdefghabcdefghabcdef"… (256 bytes) ──│   0.0ms
               │ · very very very very very very very v… · │   0.0ms
`, wire.Draw(events, labels))
}

func TestDrawOfNothingIsNothing(t *testing.T) {
	require.Empty(t, wire.Draw(nil, labels))
}

func TestLastCountsWhatIsLeftOut(t *testing.T) {
	events := []wire.Event{
		{Kind: wire.Open},
		{Kind: wire.Gap, Size: 40},
		{Kind: wire.FIN},
		{Kind: wire.RST},
	}
	require.Equal(t, events, wire.Last(events, 4))
	require.Equal(t, []wire.Event{{Kind: wire.Gap, Size: 42}, {Kind: wire.RST}}, wire.Last(events, 1))
	require.Equal(t, []wire.Event{{Kind: wire.Gap, Size: 43}}, wire.Last(events, 0))
	require.Len(t, events, 4)
	require.Equal(t, wire.Open, events[0].Kind, "the events given are not changed")
}
