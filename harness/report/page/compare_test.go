package page

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// said writes a conversation: ">ping" is the harness, "<ping" the subject, and
// a word of capitals an event that is no data.
func said(words string) []wire.Event {
	var events []wire.Event
	for word := range strings.FieldsSeq(words) {
		e := wire.Event{Conn: "client", Kind: wire.Data, Data: []byte(word[1:]), Size: len(word) - 1, Reads: 1}
		if word[0] == '<' {
			e.From = wire.Subject
		}
		switch word[1:] {
		case "FIN":
			e.Kind, e.Data, e.Size = wire.FIN, nil, 0
		case "RST":
			e.Kind, e.Data, e.Size = wire.RST, nil, 0
		}
		events = append(events, e)
	}
	return events
}

func TestAlign(t *testing.T) {
	t.Parallel()
	tests := []struct{ mine, reference, want string }{
		{">a <a", ">a <a", ">a <a"},
		{">a", ">a <a >FIN", ">a +<a +>FIN"},
		{">a <b", ">a <a", ">a −<b +<a"},
		{">a <RST", ">a <a >FIN <FIN", ">a −<RST +<a +>FIN +<FIN"},
		{"", ">a", "+>a"},
		{">a", "", "−>a"},
		{">a <a <b >FIN", ">a <ab >FIN", ">a <ab >FIN"},
	}
	for _, tt := range tests {
		var got []string
		for _, l := range align(of(said(tt.mine), "client"), of(said(tt.reference), "client")) {
			word := l.sign + map[wire.Side]string{wire.Harness: ">", wire.Subject: "<"}[l.event.From] + string(l.event.Data)
			if l.event.Kind != wire.Data {
				word += l.event.Label(10)
			}
			got = append(got, word)
		}
		require.Equal(t, tt.want, strings.Join(got, " "), "%s beside %s", tt.mine, tt.reference)
	}
}

func TestCompareTellsConnsApart(t *testing.T) {
	t.Parallel()
	two := func(first, second string) record.Record {
		r := record.Record{Conns: []record.Conn{{Name: "client", Harness: "client"}, {Name: "client 2", Harness: "client 2"}}}
		other := said(second)
		for i := range other {
			other[i].Conn = "client 2"
		}
		// In turns, so that the order of the two differs with their lengths.
		mine := said(first)
		for i := range max(len(mine), len(other)) {
			if i < len(mine) {
				r.Events = append(r.Events, mine[i])
			}
			if i < len(other) {
				r.Events = append(r.Events, other[i])
			}
		}
		return r
	}
	n := new(numbering)
	c := compare(two(">a <a", ">b <b <FIN"), two(">a <a", ">b <b >FIN"), n)
	require.False(t, c.Equal)
	require.Equal(t, "client", c.Same)
	require.Len(t, c.Drawings, 1)
	require.Equal(t, "client 2", c.Drawings[0].Conn)
	require.Contains(t, c.Drawings[0].Text, "\n− ")

	require.True(t, compare(two(">a", ">b"), two(">a", ">b"), n).Equal)
	require.Nil(t, compare(record.Record{}, record.Record{}, n), "there is nothing to say about two silent ones")
}

func TestHexLines(t *testing.T) {
	t.Parallel()
	require.Empty(t, hexLines(nil))
	require.Equal(t, []string{
		"0000  70 69 6e 67 0a 00 ff 7e  ping...~",
		"0008  41                       A",
	}, hexLines([]byte("ping\n\x00\xff~A")))
	long := hexLines(make([]byte, 200))
	require.Len(t, long, 17)
	require.Equal(t, "      72 more", long[16])
}
