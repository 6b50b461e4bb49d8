package relay

import (
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

func dataOf(conn string, size int) wire.Event {
	return wire.Event{Conn: conn, Kind: wire.Data, Data: make([]byte, size), Size: size}
}

// TestFeedKeepsOrder takes out what was put in, with no more bytes than are
// drawn.
func TestFeedKeepsOrder(t *testing.T) {
	t.Parallel()
	f := NewFeed()
	f.Add(wire.Event{Conn: "client 1", Kind: wire.Open})
	f.Add(dataOf("client 1", 4096))
	f.Say("words")
	f.Add(wire.Event{Kind: wire.Note, From: wire.Subject, Note: "printed"})
	events, more := f.Next()
	require.True(t, more)
	require.Len(t, events, 4)
	require.Equal(t, 4096, events[1].Size)
	require.Len(t, events[1].Data, wire.KeepBytes)
	require.Equal(t, "words", events[2].Note)

	reused := []byte("datagram")
	f.Add(wire.Event{Conn: "client 1", Kind: wire.Datagram, Data: reused, Size: len(reused)})
	clear(reused) // the relay reads the next one into it
	events, _ = f.Next()
	require.Equal(t, "datagram", string(events[0].Data))
	f.Close()
	events, more = f.Next()
	require.False(t, more)
	require.Empty(t, events)
}

// TestFeedCapsAFlood checks that a flood of one client is cut short and told,
// and that another client's bytes are drawn all the same.
func TestFeedCapsAFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, floods) // at one instant: as time passes, more is drawn
}

func floods(t *testing.T) {
	f := NewFeed()
	const pieces = 10_000
	for range pieces {
		f.Add(dataOf("client 1", 32<<10))
	}
	f.Add(dataOf("client 2", 5))
	for range 300 {
		f.Add(wire.Event{Kind: wire.Note, Note: "printed"})
	}
	f.Close()
	events, _ := f.Next()
	require.Less(t, len(events), queueLength)
	drawn := map[string]int{}
	var gaps []string
	for _, e := range events {
		drawn[e.Conn]++
		if e.Kind == wire.Gap {
			gaps = append(gaps, e.Note)
		}
	}
	require.Less(t, drawn["client 1"], 10, "a reader can follow")
	require.Equal(t, 1, drawn["client 2"], "a quiet client is drawn beside a loud one")
	require.Regexp(t, `^3\d\d MB in 99\d\d pieces not drawn$`, gaps[0])
	require.Regexp(t, `^\d+ lines not drawn$`, gaps[len(gaps)-1])
}

// TestFeedIsBounded adds without end while nobody draws.
func TestFeedIsBounded(t *testing.T) {
	t.Parallel()
	f := NewFeed()
	for i := range 100_000 {
		f.Add(wire.Event{Conn: fmt.Sprint(i), Kind: wire.Open})
		f.Add(dataOf(fmt.Sprint(i), 1000))
	}
	require.LessOrEqual(t, len(f.queue), 2*queueLength)
	require.LessOrEqual(t, len(f.each), mostSides+1)
}

// TestFeedTellsAGapInTime checks that a flood's end is told though nothing
// follows it.
func TestFeedTellsAGapInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, tellsAGap)
}

func tellsAGap(t *testing.T) {
	f := NewFeed()
	for range 100 {
		f.Add(dataOf("client 1", 1000))
	}
	for {
		events, _ := f.Next()
		for _, e := range events {
			if e.Kind == wire.Gap {
				require.Regexp(t, `^\d+ kB in \d+ pieces not drawn$`, e.Note)
				return
			}
		}
	}
}

func TestMissedInWords(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]missed{
		"1 byte in 1 piece not drawn":                    {bytes: 1, pieces: 1},
		"1.5 MB in 3 pieces, 1 event, 2 lines not drawn": {bytes: 1_500_000, pieces: 3, others: 1, lines: 2},
		"12 GB in 400000 pieces not drawn":               {bytes: 12_000_000_000, pieces: 400_000},
		"1.0 kB in 2 pieces not drawn":                   {bytes: 999 + 1, pieces: 2},
		"999 bytes in 2 pieces, 3 events not drawn":      {bytes: 999, pieces: 2, others: 3},
	} {
		require.Equal(t, want, m.String())
	}
}

func TestAllowance(t *testing.T) {
	t.Parallel()
	var a allowance
	now := time.Now()
	take := func(after time.Duration) (n int) {
		now = now.Add(after)
		for a.take(now, sideRate, 1) {
			n++
		}
		return n
	}
	require.Equal(t, 24, take(0), "a burst is drawn whole")
	require.Equal(t, 0, take(500*time.Millisecond), "then nothing for a second")
	require.Equal(t, 4, take(500*time.Millisecond), "then as many as a second has")
	require.Equal(t, 24, take(time.Hour), "after a rest, a burst again")
}

// TestDrawingDoesNotSlow relays 64 MB while nobody takes what is to be drawn.
func TestDrawingDoesNotSlow(t *testing.T) {
	t.Parallel()
	f := NewFeed()
	_, connect := setUp(t, feeding(f))
	client, server := connect()
	pass(t, client, server, 64<<20)
}

// feeding is a tap that feeds f as kata does.
func feeding(f *Feed) Tap {
	return func(p Passed) {
		f.Add(wire.Event{At: p.At, Conn: fmt.Sprintf("client %d", p.Client), From: wire.Side(p.From), Kind: p.Kind, Data: p.Data, Size: len(p.Data)})
	}
}

// pass sends total bytes from one conn to the other.
func pass(tb testing.TB, from, to net.Conn, total int64) {
	tb.Helper()
	sent := make(chan error, 1)
	go func() {
		piece := make([]byte, 64<<10)
		var err error
		for left := total; left > 0 && err == nil; left -= int64(len(piece)) {
			_, err = from.Write(piece[:min(left, int64(len(piece)))])
		}
		sent <- err
	}()
	_, err := io.CopyN(struct{ io.Writer }{io.Discard}, to, total)
	require.NoError(tb, err)
	require.NoError(tb, <-sent)
}

// BenchmarkRelay compares three ways through: with a picture that is drawn as
// far as it is capped, without a picture, and io.Copy, which on Linux leaves
// the bytes in the kernel.
func BenchmarkRelay(b *testing.B) {
	const total = 8 << 20
	b.Run("drawn", func(b *testing.B) {
		f := NewFeed()
		done := make(chan struct{})
		go func() {
			defer close(done)
			l := wire.Ladder{}
			for more := true; more; {
				var events []wire.Event
				events, more = f.Next()
				for _, e := range events {
					io.WriteString(io.Discard, l.Row(e))
				}
			}
		}()
		_, connect := setUp(b, feeding(f))
		client, server := connect()
		b.SetBytes(total)
		for b.Loop() {
			pass(b, client, server, total)
		}
		f.Close()
		<-done
	})
	b.Run("not drawn", func(b *testing.B) {
		_, connect := setUp(b, func(Passed) {})
		client, server := connect()
		b.SetBytes(total)
		for b.Loop() {
			pass(b, client, server, total)
		}
	})
	b.Run("io.Copy", func(b *testing.B) {
		front, back := listen(b), listen(b)
		client, err := net.Dial("tcp", front.Addr().String())
		require.NoError(b, err)
		left, err := front.Accept()
		require.NoError(b, err)
		right, err := net.Dial("tcp", back.Addr().String())
		require.NoError(b, err)
		server, err := back.Accept()
		require.NoError(b, err)
		go func() { io.Copy(right, left); right.Close() }()
		b.SetBytes(total)
		for b.Loop() {
			pass(b, client, server, total)
		}
		client.Close()
		server.Close()
	})
}
