package frames_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/peer"
)

// maxPayload is the limit of most decoders in these tests.
const maxPayload = 1 << 20

// A quote and its frame, as the exchange sends it: type, length, payload.
const (
	price = "ACME 12.50"
	quote = "Q\x00\x00\x00\x0aACME 12.50"
)

// heartbeat is a frame without payload.
const heartbeat = "H\x00\x00\x00\x00"

// header is a header whose length may be a lie.
func header(kind byte, length uint32) string {
	return string([]byte{kind, byte(length >> 24), byte(length >> 16), byte(length >> 8), byte(length)})
}

func frame(kind byte, payload string) string { return header(kind, uint32(len(payload))) + payload }

// A decoder makes its Decoder in its first Next: a NewDecoder that reads makes
// that call wait, and not the script. R2 looks at NewDecoder itself.
type decoder struct {
	r   io.Reader
	max uint32
	d   *frames.Decoder
}

func (d *decoder) Next() (frames.Frame, error) {
	if d.d == nil {
		d.d = frames.NewDecoder(d.r, d.max)
	}
	return d.d.Next()
}

// newDecoder returns a decoder for a stream. It gives away nothing but Read.
func newDecoder(r io.Reader, max uint32) *decoder {
	return &decoder{r: struct{ io.Reader }{r}, max: max}
}

// next calls Next. The result is the frame in one line; see [line].
func next(b *peer.Bench, d *decoder) *peer.Call[string] {
	return peer.Start(b, "Next", func() (string, error) {
		f, err := d.Next()
		return line(f.Type, string(f.Payload)), err
	})
}

// joined returns the next n frames, one in each line.
func joined(d *decoder, n int) (string, error) {
	var all strings.Builder
	for range n {
		f, err := d.Next()
		if err != nil {
			return all.String(), err
		}
		all.WriteString(line(f.Type, string(f.Payload)) + "\n")
	}
	return all.String(), nil
}

func line(kind byte, payload string) string { return string([]byte{kind}) + ": " + payload }

// expectFrame checks the next frame that Next returns.
func expectFrame(b *peer.Bench, reason string, d *decoder, kind byte, payload string) {
	b.Helper()
	got, err := next(b, d).Result(reason)
	b.NoError(reason, err)
	b.Equal(reason+" (type, payload)", line(kind, payload), got)
}

// expectEnd checks the error of the first Next on a stream that ends.
func expectEnd(b *peer.Bench, reason, stream string, want error) {
	b.Helper()
	exchange, conn := b.Pair()
	call := next(b, newDecoder(conn, maxPayload))
	exchange.Send(stream)
	exchange.CloseWrite()
	_, err := call.Result("Next returns when the stream ends")
	b.ErrorIs(reason, err, want)
	b.Equal("errors.Is finds io.EOF only if the stream ends after a frame", finds(want == io.EOF), finds(errors.Is(err, io.EOF)))
}

// expectEndAnywhere ends a stream after many different parts of the payload of long:
// wherever code begins a new chunk, be its size a power of two, round, or small.
func expectEndAnywhere(b *peer.Bench, long string) {
	b.Helper()
	reason := "the stream ends within a payload"
	_, err := peer.Start(b, "Next", func() (bool, error) {
		for end := 1; end < len(long)-5; end++ {
			if end > 2000 && end%512 != 0 && end%1000 != 0 {
				continue
			}
			_, err := newDecoder(strings.NewReader(long[:5+end]), maxPayload).Next()
			if errors.Is(err, io.EOF) || !errors.Is(err, io.ErrUnexpectedEOF) {
				reason = fmt.Sprintf("the stream ends after %d of %d bytes of payload", end, len(long)-5)
				return false, err
			}
		}
		return true, io.ErrUnexpectedEOF
	}).Result("Next returns when the stream ends")
	b.ErrorIs(reason, err, io.ErrUnexpectedEOF)
	b.Equal("errors.Is finds io.EOF only if the stream ends after a frame", finds(false), finds(errors.Is(err, io.EOF)))
}

// finds is what errors.Is returns for the error and io.EOF.
type finds bool

func (f finds) String() string { return fmt.Sprintf("errors.Is(err, io.EOF) is %v", bool(f)) }

// write calls WriteFrame, whose result is its error.
func write(b *peer.Bench, w io.Writer, kind byte, payload string) *peer.Call[bool] {
	return peer.Start(b, "WriteFrame", func() (bool, error) {
		return true, frames.WriteFrame(w, frames.Frame{Type: kind, Payload: []byte(payload)})
	})
}

// expectNoneWaits keeps many calls of WriteFrame waiting, each in the Write of
// another writer, after some whose Write failed.
func expectNoneWaits(b *peer.Bench) {
	b.Helper()
	for range 20 { // a pool drops some of what it gets
		write(b, &counting{err: errNetwork}, 'S', price).Result("WriteFrame returns when Write fails")
	}
	var all []*peer.Call[bool]
	var writers []*held
	for i := range 100 {
		w := newHeld()
		defer w.release()
		writers = append(writers, w)
		all = append(all, write(b, w, 'S', peer.Numbered(10+i)))
		b.Until(fmt.Sprintf("WriteFrame calls Write although %d writers are blocked in theirs", i),
			func() bool { return w.writing.Load() > 0 })
	}
	for i, w := range writers {
		w.release()
		_, err := all[i].Result("WriteFrame returns when its Write does")
		b.NoError("Write returned no error", err)
		b.Equal("each writer gets its own frame, whatever other calls write meanwhile, or failed to write before", frame('S', peer.Numbered(10+i)), w.took.String())
	}
}

// server sends each frame of its clients back, to one client after another.
func server(b *peer.Bench) *peer.Server {
	return b.Named("Next").Serve(func(ln net.Listener) error {
		for {
			c, err := ln.Accept()
			if err != nil {
				return err
			}
			if err := sendBack(c); err != nil {
				return err
			}
		}
	})
}

func sendBack(c net.Conn) error {
	defer c.Close()
	d := newDecoder(c, maxPayload)
	for {
		f, err := d.Next()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) { // R5 tells them apart
			return nil
		}
		if err != nil {
			return err
		}
		if err := frames.WriteFrame(c, f); err != nil {
			return err
		}
	}
}

// bytesOf is a number of bytes of memory.
type bytesOf int64

func (n bytesOf) String() string { return fmt.Sprintf("%d MiB of memory", int64(n)>>20) }

// allocated returns what this process has allocated so far.
func allocated() bytesOf {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return bytesOf(m.TotalAlloc)
}

// inUse returns how much memory this process uses after a garbage collection.
func inUse() bytesOf {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return bytesOf(m.HeapAlloc)
}

// skip drops the next n frames.
func skip(d *frames.Decoder, n int) error {
	for range n {
		if _, err := d.Next(); err != nil {
			return err
		}
	}
	return nil
}
