package compare

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// scripted returns the record of a script, written as one event a word:
// ">ping" from the peer, "<pong" from the subject, with "FIN" and "RST" for
// ends and "@5s" to let time pass. "2:" before an event names another conn
// than the first; "…" cuts the script off with a failure.
func scripted(text string) record.Record {
	r := record.Record{Requirement: "R1", Arena: "memory", Passed: true}
	at := time.Duration(0)
	for word := range strings.FieldsSeq(text) {
		if clock, ok := strings.CutPrefix(word, "@"); ok {
			d, _ := time.ParseDuration(clock)
			at += d
			r.Arena = "virtual"
			continue
		}
		if word == "…" {
			r.Passed = false
			continue
		}
		e := wire.Event{At: at, Conn: "client", Kind: wire.Data, Reads: 1}
		if rest, ok := strings.CutPrefix(word, "2:"); ok {
			e.Conn, word = "client 2", rest
		}
		if strings.HasPrefix(word, "<") {
			e.From = wire.Subject
		}
		switch word = word[1:]; word {
		case "FIN":
			e.Kind = wire.FIN
		case "RST":
			e.Kind = wire.RST
		default:
			e.Data, e.Size = []byte(word), len(word)
		}
		r.Events = append(r.Events, e)
	}
	for _, name := range []string{"client", "client 2"} {
		if strings.Contains(text, "2:") || name == "client" {
			r.Conns = append(r.Conns, record.Conn{Name: name, Harness: name, Subject: "your server"})
		}
	}
	return r
}

func records(texts string) []record.Record {
	var all []record.Record
	for text := range strings.SplitSeq(texts, "|") {
		all = append(all, scripted(text))
	}
	return all
}

// The runs of one side are separated by "|".
var comparisons = []struct {
	name, yours, reference string
	want                   string // "" if nothing differs
}{
	{"equal", ">a <b <FIN", ">a <b <FIN", ""},
	{"cut elsewhere", ">a <bc >d <e", ">a <b >d <ce", ""},
	{"a rest that the script did not wait for", ">a <b", ">a <bcd <FIN", ""},
	{"an end that the script did not wait for", ">a <b <FIN", ">a <b", ""},
	{"bytes", ">a <xbz", ">a <xyz", `from byte 1 on your code sends "bz", the reference "yz"`},
	{"too few", ">a <b <FIN", ">a <bcd <FIN", "your code sends 1 byte in all, the reference 3 bytes"},
	{"too many", ">a <bcd <FIN", ">a <b <FIN", "your code sends 3 bytes in all, the reference 1 byte"},
	{"a reset may lose bytes", ">a <b <RST|>a <b <FIN", ">a <bcd <RST|>a <b <FIN", ""},
	{"end", ">a <b <RST", ">a <b <FIN", "your code ends the conn with RST, the reference with FIN"},
	{"end, but not in every run", ">a <b <RST|>a <b <FIN", ">a <b <FIN", ""},
	{"bytes, but not in every run", ">a <b <FIN", ">a <c <FIN|>a <b <FIN", ""},
	{"one conn of two", ">a <b 2:>a 2:<b 2:<RST", ">a <b 2:>a 2:<b 2:<FIN", "your code ends the conn with RST, the reference with FIN"},
	{"the order of two conns", ">a <b 2:>a 2:<b", "2:>a 2:<b >a <b", ""},
	{"a conn more", ">a <b 2:>a", ">a <b", "your code opens this conn; the reference does not"},
	{"a conn less", ">a <b", ">a <b 2:>a", "the reference opens this conn; your code does not"},
	{"a conn less, by chance", ">a <b", ">a <b 2:>a|>a <b", ""},
	{"order by chance", ">a >FIN <b", ">a <b >FIN", ""},
	{"order at one instant", "@1s >a >FIN <b", "@1s >a <b >FIN", ""},
	{"order for certain", ">a @1s >FIN @1s <b", ">a <b @1s >FIN", "before the peer's FIN your code had sent 0 bytes, the reference 1 byte"},
	{"order for certain, the other way", ">a <b <FIN @1s >FIN", ">a <b @1s >FIN @1s <FIN", "before the peer's FIN your code had sent 1 byte and FIN, the reference 1 byte"},
	{"time alone", ">a @1s <b", ">a @3s <b", ""},
	{"two segments in one", ">a <b <c", ">a <bc", ""},
	{"many segments", ">a <b <c <d", ">a <bcd", "your code's 3 bytes came in 3 segments, the reference's in 1 segment"},
	{"many segments, more or less", ">a <b <c <d|>a <b <cd <e <f", ">a <bcd", "your code's 3 bytes came in about 4 segments, the reference's in 1 segment"},
	{"a failure", ">a …", ">a <b", "your code fails here"},
}

func TestCompare(t *testing.T) {
	for _, c := range comparisons {
		t.Run(c.name, func(t *testing.T) {
			_, differ := differences(records(c.yours), records(c.reference))
			if c.want == "" {
				require.Empty(t, differ)
				return
			}
			require.Len(t, differ, 1)
			require.Equal(t, c.want, differ[0].What)
			require.Equal(t, "R1", differ[0].Requirement)
		})
	}
}

func TestCompareShowsTheConn(t *testing.T) {
	peers, differ := differences(records(">a <b 2:>a 2:<RST"), records("2:>a >a <b 2:<FIN"))
	require.Equal(t, 2, peers)
	require.Len(t, differ, 1)
	require.Equal(t, "client 2", differ[0].Conn.Name)
	require.Len(t, differ[0].Yours, 2)
	require.Equal(t, wire.FIN, differ[0].Reference[1].Kind)
}

func TestComparePassesOverWhatWasSkipped(t *testing.T) {
	skipped := scripted(">a")
	skipped.Skipped, skipped.Passed = "not here", false
	other := scripted(">a")
	other.Requirement = "R2"
	peers, differ := differences([]record.Record{skipped, other}, records(">a <b"))
	require.Zero(t, peers)
	require.Empty(t, differ)
}

// What the wire log kept only the start of is compared as far as it goes.
func TestCompareLongStreams(t *testing.T) {
	long := func(size int, start string) []record.Record {
		r := scripted(">a <b >c <d <FIN")
		r.Events[1].Data, r.Events[1].Size = []byte(start), size
		return []record.Record{r}
	}
	_, differ := differences(long(5000, "start"), long(5000, "start"))
	require.Empty(t, differ)
	_, differ = differences(long(5000, "start"), long(5000, "st"))
	require.Empty(t, differ, "the rest of it is not known, and the d behind it not where it seems")
	_, differ = differences(long(4000, "start"), long(5000, "start"))
	require.Equal(t, "your code sends 4001 bytes in all, the reference 5001 bytes", differ[0].What)
}
