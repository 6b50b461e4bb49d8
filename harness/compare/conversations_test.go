package compare

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/record"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
	"socketkata/harness/wire"
)

// said returns the record of a script in which each of n peers is sent the
// text in so many segments.
func said(id, arena, text string, n, segments int) record.Record {
	r := record.Record{Requirement: id, Arena: arena, Passed: true}
	for i := range n {
		name := fmt.Sprintf("client %d", i+1)
		r.Conns = append(r.Conns, record.Conn{Name: name, Harness: name, Subject: "your server"})
		r.Events = append(r.Events,
			wire.Event{Conn: name, From: wire.Subject, Kind: wire.Data, Data: []byte(text), Size: len(text), Reads: segments},
			wire.Event{Conn: name, From: wire.Subject, Kind: wire.FIN})
	}
	r.Figures = record.Figures{Conns: n, Goroutines: n + 1, Segments: n * segments, FromSubject: int64(n * len(text)), Allocations: int64(1000 * segments)}
	return r
}

func shownConversations(yours, theirs []record.Record) string {
	var out bytes.Buffer
	c := &comparison{Runner: &testrun.Runner{Screen: &terminal.Screen{Out: &out}}, yours: yours, theirs: theirs}
	c.showConversations()
	c.showFigures()
	return out.String()
}

func TestShowConversations(t *testing.T) {
	t.Parallel()
	var yours, theirs []record.Record
	for i := range 12 {
		yours = append(yours, said(fmt.Sprintf("R%d", i+1), "memory", "mine", 1, 1))
		theirs = append(theirs, said(fmt.Sprintf("R%d", i+1), "memory", "else", 1, 1))
	}
	text := shownConversations(yours, theirs)
	require.Equal(t, 2*shownLadders, strings.Count(text, "◀── FIN")+strings.Count(text, "─ FIN ──"), text)
	require.Equal(t, shownNames, strings.Count(text, "from byte 0 on"), text)
	require.Contains(t, text, "\nand 4 more\n")
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, len([]rune(line)), 80)
	}
}

func TestShowConversationsOfManyPeers(t *testing.T) {
	t.Parallel()
	text := shownConversations(
		[]record.Record{said("R1", "memory", "four", 5, 4), said("R1", "loopback", "four", 5, 4)},
		[]record.Record{said("R1", "memory", "four", 5, 1), said("R1", "loopback", "four", 5, 1)})
	require.Contains(t, text, "With 10 peers\nthe conversation differs.")
	require.Contains(t, text, "(memory and loopback, client 1 and 8 more)")
	require.NotContains(t, text, "│", "no drawing shows segments")
	require.Regexp(t, `most goroutines, in R1 with 5 peers +6 +6\n +for each of them +1.2 +1.2\n`, text)
}

func TestShowFigures(t *testing.T) {
	t.Parallel()
	many := said("R1", "memory", "four", 1, 1)
	more := many
	many.Figures.Allocations, more.Figures.Allocations = 12_345, 12_999
	text := shownConversations([]record.Record{many, more, more}, []record.Record{many, many, many})
	require.Contains(t, text, "Sums over 1 script of the median of 3 runs")
	require.Regexp(t, `allocations, including the tests' +about 13,000 +12,345\n`, text)
	require.Contains(t, shownConversations([]record.Record{many}, []record.Record{many, many}), "from a single run")
	require.Contains(t, shownConversations(nil, nil), "These tests have no peers.")
}

func TestFigure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		figure figure
		want   string
	}{
		{figure{0, true}, "0"},
		{figure{999, true}, "999"},
		{figure{1_234_567, true}, "1,234,567"},
		{figure{7, false}, "about 7"},
		{figure{96, false}, "about 96"},
		{figure{996, false}, "about 1,000"},
		{figure{12_345, false}, "about 12,000"},
	} {
		require.Equal(t, c.want, c.figure.String())
	}
}
