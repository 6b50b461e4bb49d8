package wire_test

import (
	"bytes"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

// ticking returns a clock that is one millisecond later at each call.
func ticking() func() time.Duration {
	var now time.Duration
	return func() time.Duration {
		now += time.Millisecond
		return now
	}
}

func TestLogMergesBytesOfTheSubject(t *testing.T) {
	log := wire.NewLog(ticking())
	log.Add("a", wire.Harness, wire.Data, []byte("pi"))
	log.Add("a", wire.Harness, wire.Data, []byte("ng"))
	log.Add("a", wire.Subject, wire.Data, []byte("p"))
	log.Add("b", wire.Subject, wire.Data, []byte("P"))
	log.Add("a", wire.Subject, wire.Data, []byte("i"))
	log.Add("b", wire.Harness, wire.FIN, nil)
	log.Add("a", wire.Subject, wire.Data, []byte("ng"))
	log.Add("a", wire.Harness, wire.Note, []byte("done"))

	const ms = time.Millisecond
	require.Equal(t, []wire.Event{
		{At: 1 * ms, Conn: "a", Kind: wire.Data, Data: []byte("pi"), Size: 2, Reads: 1},
		{At: 2 * ms, Conn: "a", Kind: wire.Data, Data: []byte("ng"), Size: 2, Reads: 1},
		{At: 3 * ms, Conn: "a", From: wire.Subject, Kind: wire.Data, Data: []byte("pi"), Size: 2, Reads: 2},
		{At: 4 * ms, Conn: "b", From: wire.Subject, Kind: wire.Data, Data: []byte("P"), Size: 1, Reads: 1},
		{At: 6 * ms, Conn: "b", Kind: wire.FIN},
		{At: 7 * ms, Conn: "a", From: wire.Subject, Kind: wire.Data, Data: []byte("ng"), Size: 2, Reads: 1},
		{At: 8 * ms, Conn: "a", Kind: wire.Note, Note: "done"},
	}, log.Events())
}

func TestLogIsBounded(t *testing.T) {
	log := wire.NewLog(ticking())
	const all = wire.KeepFirst + wire.KeepLast + 1234
	for i := range all {
		log.Add(strconv.Itoa(i), wire.Harness, wire.FIN, nil)
	}
	events := log.Events()
	require.Len(t, events, wire.KeepFirst+1+wire.KeepLast)
	require.Equal(t, "0", events[0].Conn)
	require.Equal(t, wire.Gap, events[wire.KeepFirst].Kind)
	require.Equal(t, 1234, events[wire.KeepFirst].Size)
	require.Equal(t, strconv.Itoa(all-1), events[len(events)-1].Conn)
}

func TestLogKeepsTheStartOfLongData(t *testing.T) {
	log := wire.NewLog(ticking())
	p := bytes.Repeat([]byte("x"), 200)
	for range 3 {
		log.Add("a", wire.Subject, wire.Data, p)
	}
	p[0] = 'y'
	events := log.Events()
	require.Len(t, events, 1)
	require.Equal(t, 600, events[0].Size)
	require.Equal(t, bytes.Repeat([]byte("x"), wire.KeepBytes), events[0].Data)
	events[0].Data[0] = 'z'
	require.Equal(t, byte('x'), log.Events()[0].Data[0], "Events returns a copy")
}

func TestLogCountsBytesAfterTheirEventWasDropped(t *testing.T) {
	log := wire.NewLog(ticking())
	for i := range wire.KeepFirst + wire.KeepLast + 1 {
		log.Add(strconv.Itoa(i), wire.Subject, wire.Data, []byte("x"))
	}
	log.Add(strconv.Itoa(wire.KeepFirst), wire.Subject, wire.Data, []byte("late"))
	events := log.Events()
	require.Equal(t, "late", string(events[len(events)-1].Data))
}

func TestLogTakesManyGoroutines(t *testing.T) {
	log := wire.NewLog(ticking())
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for range 50 {
				log.Add(strconv.Itoa(i), wire.Subject, wire.Data, []byte("x"))
				log.Events()
			}
		})
	}
	wg.Wait()
	total := 0
	for _, e := range log.Events() {
		total += e.Size
	}
	require.Equal(t, 20*50, total)
}

// TestLogReserve checks that a reserved event appears at its place and its time,
// and not at all without data.
func TestLogReserve(t *testing.T) {
	log := wire.NewLog(ticking())
	show := log.Reserve("a", wire.Harness, wire.Data)
	never := log.Reserve("a", wire.Harness, wire.Data)
	log.Add("a", wire.Subject, wire.Data, []byte("pong"))
	require.Len(t, log.Events(), 1)
	show([]byte("ping"))
	never(nil)
	const ms = time.Millisecond
	require.Equal(t, []wire.Event{
		{At: 1 * ms, Conn: "a", Kind: wire.Data, Data: []byte("ping"), Size: 4, Reads: 1},
		{At: 3 * ms, Conn: "a", From: wire.Subject, Kind: wire.Data, Data: []byte("pong"), Size: 4, Reads: 1},
	}, log.Events())
}
