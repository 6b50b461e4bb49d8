package frames_test

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// sizes are payloads whose length needs another byte than that of the one
// before, with the header counted or without.
var sizes = []int{250, 251, 255, 256, 4096, 65531, 65536, 100_000}

func TestGolden_R1(t *testing.T) {
	peer.Run(t, "R1: WriteFrame sends type, big-endian length, and payload", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		_, err := write(b, conn, 'Q', price).Result("WriteFrame returns")
		b.NoError("nothing is wrong with the conn", err)
		exchange.Expect("one byte of type, four of length, then the payload", quote)
		_, err = write(b, conn, 'H', "").Result("WriteFrame returns")
		b.NoError("nothing is wrong with the conn", err)
		exchange.Expect("a frame without payload is its header alone", heartbeat)
		for _, size := range sizes {
			_, err = write(b, conn, 'S', peer.Numbered(size)).Result("WriteFrame returns")
			b.NoError("nothing is wrong with the conn", err)
			exchange.Expect(fmt.Sprintf("the payload has %d bytes", size), frame('S', peer.Numbered(size)))
		}
		conn.Close()
		exchange.ExpectEOF("WriteFrame sends nothing else")

		w := new(counting)
		_, err = write(b, w, 'S', string(make([]byte, 1<<24))).Result("WriteFrame returns")
		b.NoError("nothing is wrong with the writer", err)
		b.Equal("the payload has 16777216 bytes, which need all four bytes of the length", header('S', 1<<24), w.begin[:min(len(w.begin), 5)])
	})
}

func TestOneFrame_R2(t *testing.T) {
	peer.Run(t, "R2: Next returns a frame as soon as its last byte has arrived", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := newDecoder(conn, maxPayload)
		made := peer.Start(b, "NewDecoder", func() (bool, error) {
			d.d = frames.NewDecoder(d.r, d.max)
			return true, nil
		})
		made.Result("NewDecoder returns before anything has arrived: it does not read")
		exchange.Send(quote)
		expectFrame(b, "the frame is complete", d, 'Q', price)
		exchange.Send(heartbeat)
		expectFrame(b, "a frame without payload ends with its header", d, 'H', "")
		exchange.Send(frame(0xff, "\x00\xff\r\n"))
		expectFrame(b, "a type and a payload may have any bytes", d, 0xff, "\x00\xff\r\n")
		exchange.Send(frame(0, ""))
		expectFrame(b, "five bytes that are 0 are also a frame", d, 0, "")
		for _, size := range sizes {
			exchange.SendAsync(frame('S', peer.Numbered(size)))
			expectFrame(b, fmt.Sprintf("the payload has %d bytes", size), d, 'S', peer.Numbered(size))
		}

		exchange, conn = b.Pair(fault.WaitsInEmptyRead)
		d = newDecoder(conn, maxPayload)
		exchange.Send(heartbeat)
		expectFrame(b, "an empty payload needs no Read: on some streams, a Read of 0 bytes waits for more", d, 'H', "")
	})
}

func TestPieces_R3(t *testing.T) {
	peer.Run(t, "R3: a frame that arrives in pieces is one frame", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := newDecoder(conn, maxPayload)
		call := next(b, d)
		exchange.SendPieces("Q\x00\x00", "\x00\x0a", "A", "CME 12")
		call.ExpectPending("Next waits: three bytes of the payload are still missing")
		exchange.Send(".50" + heartbeat)
		exchange.CloseWrite()
		got, err := call.Result("the last byte has arrived")
		b.NoError("the frame is complete", err)
		b.Equal("the pieces are one frame (type, payload)", line('Q', price), got)
		expectFrame(b, "the next frame begins directly after it", d, 'H', "")

		exchange, conn = b.Pair(fault.OneByteReads)
		d = newDecoder(conn, maxPayload)
		exchange.Send(frame('S', peer.Numbered(700)))
		exchange.CloseWrite()
		expectFrame(b, "each Read returns one byte", d, 'S', peer.Numbered(700))

		exchange, conn = b.Pair(fault.EmptyReads)
		d = newDecoder(conn, maxPayload)
		exchange.Send(quote + heartbeat)
		exchange.CloseWrite()
		expectFrame(b, "a Read may return 0 bytes and no error: the stream goes on", d, 'Q', price)
		expectFrame(b, "a Read may return 0 bytes and no error: the stream goes on", d, 'H', "")

		b.SweepInTurn("the frames do not depend on where the stream is cut", server(b),
			quote+heartbeat+frame('T', "100"), quote+heartbeat+frame('T', "100"))
	})
}

func TestManyFrames_R4(t *testing.T) {
	peer.Run(t, "R4: frames that arrive together are returned one by one", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := newDecoder(conn, maxPayload)
		exchange.Send(quote + heartbeat + frame('T', "100 ACME") + heartbeat + frame('Q', "ACME 12.51"))
		exchange.CloseWrite()
		expectFrame(b, "the first of five frames", d, 'Q', price)
		expectFrame(b, "the second of five frames", d, 'H', "")
		expectFrame(b, "the third of five frames", d, 'T', "100 ACME")
		expectFrame(b, "the fourth of five frames", d, 'H', "")
		expectFrame(b, "the fifth of five frames", d, 'Q', "ACME 12.51")

		exchange, conn = b.Pair()
		d = newDecoder(conn, 100)
		exchange.Send(quote + heartbeat + frame('S', peer.Numbered(1000)))
		exchange.CloseWrite()
		expectFrame(b, "the first of two frames before one that is too large", d, 'Q', price)
		expectFrame(b, "the second of two frames before one that is too large", d, 'H', "")

		client := b.Dial(server(b))
		feed := strings.Repeat(quote+heartbeat+frame('S', peer.Numbered(300)), 100)
		client.SendAsync(feed)
		client.Expect("300 frames are sent back as they came", feed)
		client.CloseWrite()
		client.ExpectEOF("there are no more frames than were sent")
	})
}

func TestEnd_R5(t *testing.T) {
	peer.Run(t, "R5: EOF after a frame is io.EOF; within one, io.ErrUnexpectedEOF", func(b *peer.Bench) {
		for _, row := range []struct {
			reason, stream string
			want           error
		}{
			{"the stream is empty", "", io.EOF},
			{"the stream ends within a header", quote[:1], io.ErrUnexpectedEOF},
			{"the stream ends within a header", quote[:4], io.ErrUnexpectedEOF},
			{"the stream ends between a header and its payload", quote[:5], io.ErrUnexpectedEOF},
			{"the stream ends within a payload", quote[:12], io.ErrUnexpectedEOF},
		} {
			expectEnd(b, row.reason, row.stream, row.want)
		}
		long := frame('S', peer.Numbered(200_000))
		for end := 512; end < len(long); end *= 2 { // code that reads in chunks may end exactly between two
			expectEnd(b, fmt.Sprintf("the stream ends after %d of 200000 bytes of payload", end), long[:5+end], io.ErrUnexpectedEOF)
		}
		for _, end := range []int{4096, 65536} {
			expectEnd(b, fmt.Sprintf("the stream ends after %d of 200005 bytes of a frame", end), long[:end], io.ErrUnexpectedEOF)
		}
		expectEndAnywhere(b, long)

		exchange, conn := b.Pair(fault.DataWithEOF)
		d := newDecoder(conn, maxPayload)
		exchange.Send(heartbeat + quote)
		exchange.CloseWrite()
		expectFrame(b, "the stream ends later", d, 'H', "")
		expectFrame(b, "bytes that arrive together with EOF are read", d, 'Q', price)
		_, err := next(b, d).Result("Next returns when the stream ends")
		b.ErrorIs("the stream ends after a frame", err, io.EOF)

		for _, end := range []int{3, 12} {
			exchange, conn := b.Pair(fault.DataWithEOF)
			d := newDecoder(conn, maxPayload)
			exchange.Send(heartbeat + quote[:end])
			exchange.CloseWrite()
			expectFrame(b, "the stream ends later", d, 'H', "")
			_, err := next(b, d).Result("Next returns when the stream ends")
			b.ErrorIs("the stream ends within a frame, together with its last bytes", err, io.ErrUnexpectedEOF)
		}
	})
}

func TestLimit_R6(t *testing.T) {
	peer.Run(t, "R6: a payload of max bytes is read; a longer one is ErrFrameTooLarge", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := newDecoder(conn, 10)
		exchange.Send(quote + heartbeat + quote)
		expectFrame(b, "the payload has 10 bytes, and max is 10", d, 'Q', price)
		expectFrame(b, "a payload may be shorter", d, 'H', "")
		expectFrame(b, "max limits each payload, not the stream", d, 'Q', price)
		exchange.Send(frame('Q', "ACME 112.50"))
		exchange.CloseWrite()
		_, err := next(b, d).Result("Next returns")
		b.ErrorIs("the payload has 11 bytes, and max is 10", err, frames.ErrFrameTooLarge)

		exchange, conn = b.Pair()
		exchange.Send(quote)
		exchange.CloseWrite()
		expectFrame(b, "max is 4294967295, which is no limit", newDecoder(conn, math.MaxUint32), 'Q', price)

		exchange, conn = b.Pair()
		d = newDecoder(conn, 0)
		exchange.Send(heartbeat)
		expectFrame(b, "max is 0, and the payload is empty", d, 'H', "")
		exchange.Send(frame('Q', "A"))
		exchange.CloseWrite()
		_, err = next(b, d).Result("Next returns")
		b.ErrorIs("the payload has 1 byte, and max is 0", err, frames.ErrFrameTooLarge)
	})
}
