package frames_test

import (
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// A header claims a length that every machine can afford, and costs far less if
// memory follows the bytes that arrive.
const (
	claim      = 256 << 20
	affordable = bytesOf(32 << 20)
	small      = bytesOf(8 << 20)
)

func TestRefusedAtHeader_R7(t *testing.T) {
	peer.Run(t, "R7: a frame that is too large is refused at its header", func(b *peer.Bench) {
		b.Inside("it measures the memory of the process that calls Next")
		exchange, conn := b.Pair()
		exchange.Send(header('S', claim))
		before := allocated()
		_, err := next(b, newDecoder(conn, maxPayload)).Result("the header says enough, whatever follows")
		used := allocated() - before
		b.ErrorIs("the header claims 256 MiB, and max is 1 MiB", err, frames.ErrFrameTooLarge)
		b.AtMost("Next makes no memory for a frame that it refuses", used, affordable)

		for _, length := range []uint32{maxPayload + 1, math.MaxInt32 + 1, math.MaxUint32 - 4, math.MaxUint32} {
			exchange, conn := b.Pair()
			exchange.Send(header('S', length))
			_, err := next(b, newDecoder(conn, maxPayload)).Result("the header says enough, whatever follows")
			b.ErrorIs(fmt.Sprintf("the header claims %d bytes, and max is 1 MiB", length), err, frames.ErrFrameTooLarge)
		}
	})
}

func TestErrorStays_R8(t *testing.T) {
	peer.Run(t, "R8: after an error, every further Next fails with the same error", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := newDecoder(conn, 10)
		exchange.Send(header('S', 20) + quote + heartbeat)
		exchange.CloseWrite()
		_, err := next(b, d).Result("Next returns")
		b.ErrorIs("the payload has 20 bytes, and max is 10", err, frames.ErrFrameTooLarge)
		_, err = next(b, d).Result("Next returns even after an error")
		b.ErrorIs("the payload of a refused frame is not a frame", err, frames.ErrFrameTooLarge)
		_, err = next(b, d).Result("Next returns even after an error")
		b.ErrorIs("the error stays", err, frames.ErrFrameTooLarge)

		exchange, conn = b.Pair(fault.OneByteReads)
		d = newDecoder(iotest.TimeoutReader(conn), maxPayload)
		exchange.Send(quote + heartbeat)
		exchange.CloseWrite()
		_, err = next(b, d).Result("Next returns when a Read times out")
		b.ErrorIs("the Read after the first byte times out, once", err, iotest.ErrTimeout)
		_, err = next(b, d).Result("Next returns even after an error")
		b.ErrorIs("once a Read has failed, Next does not go on within a frame: every further call fails with that error", err, iotest.ErrTimeout)

		for _, arrived := range []int{0, 3, 5, 9} {
			exchange, conn = b.Pair()
			d = newDecoder(conn, maxPayload)
			call := next(b, d)
			exchange.SendPieces(quote[:arrived], "")
			b.Until("Next waits for the rest of the frame", b.AtRest)
			conn.SetReadDeadline(time.Now())
			_, err = call.Result("the deadline of the conn is over")
			b.ErrorIs(fmt.Sprintf("%d bytes of 15 arrived before the deadline", arrived), err, os.ErrDeadlineExceeded)
			conn.SetReadDeadline(time.Time{})
			exchange.Send(quote[arrived:] + heartbeat)
			for range 2 {
				_, err = next(b, d).Result("Next returns even after an error")
				b.ErrorIs("an error stays, even if more bytes arrive: a timeout is an error like any other", err, os.ErrDeadlineExceeded)
			}
		}

		for _, end := range []int{0, 3, 5, 9} {
			want, reason := io.ErrUnexpectedEOF, fmt.Sprintf("the stream ended after %d bytes of a frame, and stays ended", end)
			if end == 0 {
				want, reason = io.EOF, "the stream ended between two frames, and stays ended"
			}
			d := newDecoder(&growing{parts: []string{heartbeat + quote[:end], heartbeat + quote}}, maxPayload)
			expectFrame(b, "the frame is complete", d, 'H', "")
			for range 3 {
				_, err := next(b, d).Result("Next returns when the stream ends")
				b.ErrorIs(reason, err, want)
			}
		}
	})
}

func TestMemory_R9(t *testing.T) {
	peer.Run(t, "R9: memory depends on the bytes not yet returned, not the claimed length", func(b *peer.Bench) {
		b.Inside("it measures the memory of the process that calls Next")
		exchange, conn := b.Pair()
		exchange.Send(heartbeat)
		exchange.CloseWrite()
		before := allocated()
		expectFrame(b, "the frame is complete", newDecoder(conn, 2*claim), 'H', "")
		b.AtMost("max is 512 MiB, and 5 bytes arrived", allocated()-before, affordable)

		exchange, conn = b.Pair()
		exchange.Send(header('S', claim) + "ACME")
		exchange.CloseWrite()
		before = allocated()
		_, err := next(b, newDecoder(conn, 2*claim)).Result("Next returns when the stream ends")
		used := allocated() - before
		b.ErrorIs("the stream ends within a payload", err, io.ErrUnexpectedEOF)
		b.AtMost("the header claimed 256 MiB, and 4 bytes followed", used, affordable)

		exchange, conn = b.Pair()
		received := peer.Numbered(1 << 20)
		before = allocated()
		call := next(b, newDecoder(conn, 2*claim))
		exchange.Send(header('S', claim) + received)
		exchange.CloseWrite()
		_, err = call.Result("Next returns when the stream ends")
		used = allocated() - before
		b.ErrorIs("the stream ends within a payload", err, io.ErrUnexpectedEOF)
		b.AtMost("the header claimed 256 MiB, and 1 MiB followed", used, affordable)

		for _, length := range []uint32{math.MaxUint32 - 4, math.MaxUint32} { // last: more than many machines can afford
			before = allocated()
			stream := strings.NewReader(header('S', length) + price)
			_, err := next(b, newDecoder(stream, math.MaxUint32)).Result("Next returns when the stream ends")
			b.ErrorIs(fmt.Sprintf("max is 4294967295, the header claims %d bytes, and 10 follow", length), err, io.ErrUnexpectedEOF)
			b.AtMost("max is 4294967295, and 10 bytes followed", allocated()-before, affordable)
		}

		segment := frame('S', peer.Numbered(64<<10))
		feed := io.LimitReader(&endless{segment: segment}, int64(16*16*len(segment))) // Next may read it all ahead
		d := frames.NewDecoder(feed, maxPayload)
		before = inUse()
		for i := range 16 {
			_, err = peer.Start(b, "Next", func() (bool, error) { return true, skip(d, 16) }).Result(fmt.Sprintf("%d MiB of frames have arrived", i+1))
			b.NoError("the frames are complete", err)
		}
		b.AtMost("16 MiB were returned, and the caller has dropped them", inUse()-before, small)
		runtime.KeepAlive(d)
	})
}

func TestPayloadStays_R10(t *testing.T) {
	peer.Run(t, "R10: a payload shares no memory with another frame", func(b *peer.Bench) {
		b.Inside("it looks at the memory that Next returns")
		exchange, conn := b.Pair()
		d := newDecoder(conn, maxPayload)
		payloads := []string{price, "EMCA 99.99", "", "100 ACME", peer.Numbered(3000), "",
			peer.Numbered(100_000), price, price + peer.Numbered(100_000), price}
		var feed string
		for _, payload := range payloads {
			feed += frame('Q', payload)
		}
		exchange.SendAsync(feed)
		const more = ", sell 100"
		var got, longer [][]byte
		for i, payload := range payloads {
			f, err := peer.Start(b, "Next", d.Next).Result("the frame is complete")
			b.NoError(fmt.Sprintf("frame %d is complete: append to earlier payloads does not change it", i+1), err)
			b.Equal(fmt.Sprintf("Next returns payload %d: append to earlier ones does not change it", i+1), payload, f.Payload)
			got = append(got, f.Payload)
			longer = append(longer, append(f.Payload, more...))
		}
		for i, payload := range payloads {
			b.Equal(fmt.Sprintf("later calls do not change payload %d", i+1), payload, got[i])
			b.Equal(fmt.Sprintf("later calls do not change what was appended to payload %d", i+1), payload+more, longer[i])
		}
	})
}

func TestConcurrentWrites_R11(t *testing.T) {
	peer.Run(t, "R11: frames written concurrently do not interleave", func(b *peer.Bench) {
		for _, size := range append([]int{0, 1, 1<<20 + 1}, sizes...) {
			w := new(counting)
			_, err := write(b, w, 'S', peer.Numbered(size)).Result("WriteFrame returns")
			b.NoError("Write returned no error", err)
			b.Equal(fmt.Sprintf("a frame with a payload of %d bytes is one Write: between two, another frame may go out", size),
				calls(1), w.calls)
		}

		const writers, each, size = 50, 10, 16
		client, conn := b.Pair()
		var all []*peer.Call[bool]
		for i := range writers {
			all = append(all, peer.Start(b, "WriteFrame", func() (bool, error) {
				kind := byte('A' + i)
				f := frames.Frame{Type: kind, Payload: []byte(strings.Repeat(string(kind), size))}
				for range each {
					if err := frames.WriteFrame(yielding{conn}, f); err != nil {
						return false, err
					}
				}
				return true, nil
			}))
		}
		for _, call := range all {
			_, err := call.Result("all frames are written")
			b.NoError("nothing is wrong with the conn", err)
		}
		conn.Close()
		feed := client.ReadAll("all frames arrive")
		for i := 1; len(feed) > 0; i++ {
			got := feed[:min(5+size, len(feed))]
			b.Equal(fmt.Sprintf("header and payload of frame %d of %d stay together", i, writers*each),
				frame(got[0], strings.Repeat(got[:1], size)), got)
			feed = feed[len(got):]
		}
	})
}

func TestBlockedWrite_R12(t *testing.T) {
	peer.Run(t, "R12: a blocked WriteFrame does not block one for another conn", func(b *peer.Bench) {
		slow, slowConn := b.Pair()
		payload := peer.Numbered(peer.Plenty)
		slow.StopReading()
		slow.Take(5)
		blocked := write(b, slowConn, 'S', payload)
		slow.Expect("the header arrives, and then the client stops reading", header('S', peer.Plenty))

		client, conn := b.Pair()
		_, err := write(b, conn, 'Q', price).Result("this client reads")
		b.NoError("nothing is wrong with the conn", err)
		client.Expect("the frame arrives", quote)
		blocked.ExpectPending("the other client does not read")

		slow.ResumeReading()
		slow.Expect("the rest arrives when the client reads again", payload)
		_, err = blocked.Result("WriteFrame returns when the client has read")
		b.NoError("nothing is wrong with the conn", err)
		expectNoneWaits(b)
	})
}
