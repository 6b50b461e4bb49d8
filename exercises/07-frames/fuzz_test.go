package frames_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/peer"
)

// FuzzNext compares Next with [describe], which may look at the whole stream,
// and lets WriteFrame write the frames again. Plain go test runs the streams
// below; go test -fuzz=Next makes more of them.
func FuzzNext(f *testing.F) {
	for _, stream := range []string{
		"",
		heartbeat,
		quote,                                // as large as allowed
		quote + heartbeat + frame('T', "10"), // three frames
		frame('Q', "ACME 112.50"),            // too large
		heartbeat + header('S', 11) + quote,  // too large, and then a frame
		quote[:1],                            // ends within a header
		quote[:5],                            // ends before a payload
		quote[:14],                           // ends within a payload
		quote + heartbeat[:4],                // the same after a frame
		header('S', 1<<31),                   // negative as an int32
		header('S', 1<<32-5),                 // 0 with a header, in 32 bits
		header('S', 1<<32-1) + quote,         // as large as can be
		strings.Repeat(heartbeat, 50),
	} {
		f.Add(stream, uint32(10))
	}
	f.Add(heartbeat+frame('Q', "A"), uint32(0))
	f.Add(frame('S', peer.Numbered(9000))+quote, uint32(9000))
	f.Add(frame('S', peer.Numbered(9000))[:5000], uint32(1<<32-1))
	f.Fuzz(func(t *testing.T, stream string, max uint32) {
		want, complete := describe(stream, max)
		for name, r := range map[string]io.Reader{
			"in one piece":         strings.NewReader(stream),
			"byte by byte":         iotest.OneByteReader(strings.NewReader(stream)),
			"with EOF at its data": iotest.DataErrReader(strings.NewReader(stream)),
		} {
			got, again := read(t, frames.NewDecoder(emptyReadsReturn{r}, max))
			if got != want {
				t.Errorf("max %d, a stream that arrives %s:\n%q\ngot:\n%swant:\n%s", max, name, stream, got, want)
			}
			if again != complete {
				t.Errorf("max %d, what WriteFrame writes of the frames of a stream that arrives %s:\n%q\ngot:\n%q\nwant:\n%q",
					max, name, stream, again, complete)
			}
		}
	})
}

// read tells what Next returns until its first error, and what WriteFrame
// writes for it.
func read(t *testing.T, d *frames.Decoder) (told, written string) {
	var all strings.Builder
	var again bytes.Buffer
	for {
		f, err := d.Next()
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			fmt.Fprintln(&all, "EOF within a frame")
		case errors.Is(err, io.EOF):
			fmt.Fprintln(&all, "EOF")
		case errors.Is(err, frames.ErrFrameTooLarge):
			fmt.Fprintln(&all, "a frame that is too large")
		case err != nil:
			fmt.Fprintln(&all, err)
		default:
			fmt.Fprintf(&all, "%q %q\n", f.Type, f.Payload)
			if err := frames.WriteFrame(&again, f); err != nil {
				t.Errorf("WriteFrame returned %v for a buffer", err)
			}
			continue
		}
		return all.String(), again.String()
	}
}

// describe tells what read has to tell about a stream, and which part of the
// stream is complete frames.
func describe(stream string, max uint32) (told, complete string) {
	var all strings.Builder
	for rest := stream; ; {
		if rest == "" {
			fmt.Fprintln(&all, "EOF")
			return all.String(), stream
		}
		complete = strings.TrimSuffix(stream, rest)
		if len(rest) < 5 {
			fmt.Fprintln(&all, "EOF within a frame")
			return all.String(), complete
		}
		length := uint64(rest[1])<<24 | uint64(rest[2])<<16 | uint64(rest[3])<<8 | uint64(rest[4])
		switch {
		case length > uint64(max):
			fmt.Fprintln(&all, "a frame that is too large")
			return all.String(), complete
		case length > uint64(len(rest)-5):
			fmt.Fprintln(&all, "EOF within a frame")
			return all.String(), complete
		}
		fmt.Fprintf(&all, "%q %q\n", rest[0], rest[5:5+length])
		rest = rest[5+length:]
	}
}

// BenchmarkNext reads quotes that arrive 1400 bytes at a time, about as many as
// fit into a segment.
func BenchmarkNext(b *testing.B) {
	b.SetBytes(int64(len(quote)))
	b.ReportAllocs()
	d := frames.NewDecoder(&endless{segment: strings.Repeat(quote, 93)}, 1024)
	for b.Loop() {
		if _, err := d.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNextLarge reads snapshots of 1 MiB.
func BenchmarkNextLarge(b *testing.B) {
	snapshot := frame('S', peer.Numbered(1<<20))
	b.SetBytes(int64(len(snapshot)))
	b.ReportAllocs()
	d := frames.NewDecoder(&endless{segment: snapshot}, 1<<20)
	for b.Loop() {
		if _, err := d.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteFrame(b *testing.B) {
	f := frames.Frame{Type: 'Q', Payload: []byte(price)}
	b.SetBytes(int64(len(quote)))
	b.ReportAllocs()
	for b.Loop() {
		if err := frames.WriteFrame(io.Discard, f); err != nil {
			b.Fatal(err)
		}
	}
}
