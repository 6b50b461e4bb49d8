package lines_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	lines "socketkata/exercises/06-lines"
)

// FuzzReadLine compares ReadLine with [describe], which may look at the whole
// stream. At the end of the stream, a line of max+1 bytes may be either error. Plain go test runs the streams below; go test -fuzz=ReadLine makes
// more of them.
func FuzzReadLine(f *testing.F) {
	for _, stream := range []string{
		"",
		"\n",
		"\r\n",
		"\r",
		"\r\r\n\n\r\n",
		"7:15 depot\n",                   // as long as allowed
		"7:15 depot\r\n7:25 depot\r\n",   // the same, without the line ending
		"7:15 depot\r",                   // 11 bytes: either error is right
		"7:15 depot!",                    // the same
		"7:15 depot\rs",                  // too long
		"7:15 depot\r\r\n",               // one of 11
		"7:15 depot!\n",                  // too long
		"\n7:15 depot\r\n",               // the last byte needs all the room there is
		"7:15 harbour\n7:25\n",           // too long, and then a line
		"7:15\n7:25\r\n7:40 h",           // ends within a line
		"caf\u00e9\ncaf\xe9\n\x00\xff\n", // not only text
		strings.Repeat("7:15\n", 50),
	} {
		f.Add(stream, 10)
	}
	f.Add("\n\r\n", 0)
	f.Add("7\n", 0)
	f.Add(strings.Repeat("7:15 depot ", 1000)+"\n", 20_000)
	f.Fuzz(func(t *testing.T, stream string, max int) {
		if max < 0 || max > 1<<20 {
			t.Skip("max is a limit that a server would choose")
		}
		want, also := describe(stream, max, max), describe(stream, max, max+1)
		for name, r := range map[string]io.Reader{
			"in one piece":         strings.NewReader(stream),
			"byte by byte":         iotest.OneByteReader(strings.NewReader(stream)),
			"with EOF at its data": iotest.DataErrReader(strings.NewReader(stream)),
		} {
			if got := read(lines.NewLineReader(r, max)); got != want && got != also {
				t.Errorf("max %d, a stream that arrives %s:\n%q\ngot:\n%swant:\n%s", max, name, stream, got, also)
			}
		}
	})
}

// read tells what ReadLine returns until its first error.
func read(r *lines.LineReader) string {
	var all strings.Builder
	for {
		line, err := r.ReadLine()
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			fmt.Fprintf(&all, "%q, then EOF\n", line)
		case errors.Is(err, io.EOF):
			fmt.Fprintln(&all, "EOF")
		case errors.Is(err, lines.ErrLineTooLong):
			fmt.Fprintln(&all, "a line that is too long")
		case err != nil:
			fmt.Fprintln(&all, err)
		default:
			fmt.Fprintf(&all, "%q\n", line)
			continue
		}
		return all.String()
	}
}

// describe tells what read has to tell about a stream whose last line has no
// line ending and is too long if it has more than maxLast bytes.
func describe(stream string, max, maxLast int) string {
	var all strings.Builder
	for {
		line, rest, complete := strings.Cut(stream, "\n")
		content := strings.TrimSuffix(line, "\r")
		switch {
		case complete && len(content) > max, !complete && len(line) > maxLast:
			fmt.Fprintln(&all, "a line that is too long")
		case complete:
			fmt.Fprintf(&all, "%q\n", content)
			stream = rest
			continue
		case line == "":
			fmt.Fprintln(&all, "EOF")
		default:
			fmt.Fprintf(&all, "%q, then EOF\n", line)
		}
		return all.String()
	}
}

// BenchmarkReadLine reads lines of a timetable that arrive 1400 bytes at a time,
// about as many as fit into a segment.
func BenchmarkReadLine(b *testing.B) {
	segment := strings.Repeat("07:15 line 4 to the harbour\n", 50)
	b.SetBytes(int64(len(segment)) / 50)
	b.ReportAllocs()
	r := lines.NewLineReader(&endless{segment: segment}, 1024)
	for b.Loop() {
		if _, err := r.ReadLine(); err != nil {
			b.Fatal(err)
		}
	}
}

// An endless stream consists of the same segment again and again.
type endless struct{ segment, left string }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == "" {
		e.left = e.segment
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}
