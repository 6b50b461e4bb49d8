package frames_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

var errNetwork = errors.New("the network is down")

// A header claims a length that every machine can afford, and costs far less if
// memory follows the bytes that arrive.
const (
	claim      = 256 << 20
	affordable = bytesOf(32 << 20)
)

func TestRefusedAtHeader_R7(t *testing.T) {
	peer.Run(t, "R7: a frame that is too large is refused at its header", func(b *peer.Bench) {
		b.Inside("it measures the memory of the process that calls Next")
		exchange, conn := b.Pair()
		exchange.Send(header('S', claim))
		before := allocated()
		_, err := next(b, decoder(conn, maxPayload)).Result("the header says enough, whatever follows")
		used := allocated() - before
		b.ErrorIs("the header claims 256 MiB, and max is 1 MiB", err, frames.ErrFrameTooLarge)
		b.AtMost("Next makes no memory for a frame that it refuses", used, affordable)

		for _, length := range []uint32{maxPayload + 1, math.MaxInt32 + 1, math.MaxUint32 - 4, math.MaxUint32} {
			exchange, conn := b.Pair()
			exchange.Send(header('S', length))
			_, err := next(b, decoder(conn, maxPayload)).Result("the header says enough, whatever follows")
			b.ErrorIs(fmt.Sprintf("the header claims %d bytes, and max is 1 MiB", length), err, frames.ErrFrameTooLarge)
		}
	})
}

func TestErrorStays_R8(t *testing.T) {
	peer.Run(t, "R8: after an error, every further Next fails with the same error", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := decoder(conn, 10)
		exchange.Send(header('S', 20) + quote + heartbeat)
		exchange.CloseWrite()
		_, err := next(b, d).Result("Next returns")
		b.ErrorIs("the payload has 20 bytes, and max is 10", err, frames.ErrFrameTooLarge)
		_, err = next(b, d).Result("Next returns after an error, too")
		b.ErrorIs("the payload of a refused frame is not a frame", err, frames.ErrFrameTooLarge)
		_, err = next(b, d).Result("Next returns after an error, too")
		b.ErrorIs("the error stays", err, frames.ErrFrameTooLarge)

		exchange, conn = b.Pair(fault.OneByteReads)
		d = frames.NewDecoder(iotest.TimeoutReader(conn), maxPayload)
		exchange.Send(quote + heartbeat)
		exchange.CloseWrite()
		_, err = next(b, d).Result("Next returns when a Read times out")
		b.ErrorIs("the Read after the first byte times out, once", err, iotest.ErrTimeout)
		_, err = next(b, d).Result("Next returns after an error, too")
		b.ErrorIs("the rest of a frame is not a frame", err, iotest.ErrTimeout)
	})
}

func TestMemory_R9(t *testing.T) {
	peer.Run(t, "R9: memory grows with the bytes received, not with the length claimed", func(b *peer.Bench) {
		b.Inside("it measures the memory of the process that calls Next")
		exchange, conn := b.Pair()
		exchange.Send(heartbeat)
		exchange.CloseWrite()
		before := allocated()
		expectFrame(b, "the frame is complete", decoder(conn, 2*claim), 'H', "")
		b.AtMost("max is 512 MiB, and 5 bytes arrived", allocated()-before, affordable)

		exchange, conn = b.Pair()
		exchange.Send(header('S', claim) + "ACME")
		exchange.CloseWrite()
		before = allocated()
		_, err := next(b, decoder(conn, 2*claim)).Result("Next returns when the stream ends")
		used := allocated() - before
		b.ErrorIs("the stream ends within a payload", err, io.ErrUnexpectedEOF)
		b.AtMost("the header claimed 256 MiB, and 4 bytes followed", used, affordable)

		exchange, conn = b.Pair()
		received := peer.Numbered(1 << 20)
		before = allocated()
		call := next(b, decoder(conn, 2*claim))
		exchange.Send(header('S', claim) + received)
		exchange.CloseWrite()
		_, err = call.Result("Next returns when the stream ends")
		used = allocated() - before
		b.ErrorIs("the stream ends within a payload", err, io.ErrUnexpectedEOF)
		b.AtMost("the header claimed 256 MiB, and 1 MiB followed", used, affordable)
	})
}

func TestPayloadStays_R10(t *testing.T) {
	peer.Run(t, "R10: later calls of Next do not change a payload", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := decoder(conn, maxPayload)
		exchange.Send(quote + frame('Q', "EMCA 99.99") + heartbeat)
		exchange.CloseWrite()
		var first frames.Frame
		_, err := peer.Start(b, "Next", func() (bool, error) {
			var err error
			first, err = d.Next()
			return true, err
		}).Result("the frame is complete")
		b.NoError("the frame is complete", err)
		b.Equal("Next returns the first frame", price, first.Payload)
		expectFrame(b, "Next returns the second frame", d, 'Q', "EMCA 99.99")
		expectFrame(b, "Next returns the third frame", d, 'H', "")
		b.Equal("the first payload is what it was", price, first.Payload)
	})
}

func TestConcurrentWrites_R11(t *testing.T) {
	peer.Run(t, "R11: frames written concurrently do not interleave", func(b *peer.Bench) {
		const writers, each, size = 50, 20, 16
		client, conn := b.Pair()
		var calls []*peer.Call[bool]
		for i := range writers {
			calls = append(calls, peer.Start(b, "WriteFrame", func() (bool, error) {
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
		for _, call := range calls {
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
	})
}

func TestFailures_R13(t *testing.T) {
	peer.Run(t, "R13: the error of a failed Write or Read is returned", func(b *peer.Bench) {
		for _, taken := range []int{0, 3, 5, 9} {
			_, conn := b.Pair(fault.FailWrite(int64(taken), errNetwork))
			_, err := write(b, conn, 'Q', price).Result("WriteFrame returns")
			b.ErrorIs(fmt.Sprintf("the conn took %d bytes of 15, and Write failed", taken), err, errNetwork)
		}
		for _, given := range []int{0, 3, 5, 9} {
			exchange, conn := b.Pair(fault.FailRead(int64(given), errNetwork))
			exchange.Send(quote)
			exchange.CloseWrite()
			_, err := next(b, decoder(conn, maxPayload)).Result("Next returns")
			b.ErrorIs(fmt.Sprintf("Read failed after %d bytes of 15", given), err, errNetwork)
		}
	})
}

func TestOffset_R14(t *testing.T) {
	peer.Run(t, "R14: an error about a frame names the byte where it begins", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := decoder(conn, 50)
		exchange.Send(heartbeat + quote + header('S', 100))
		exchange.CloseWrite()
		expectFrame(b, "the frame is complete", d, 'H', "")
		expectFrame(b, "the frame is complete", d, 'Q', price)
		_, err := next(b, d).Result("Next returns")
		b.ErrorIs("the payload has 100 bytes, and max is 50", err, frames.ErrFrameTooLarge)
		b.Equal("20 bytes come before the frame", "20", numberIn(err, "20"))

		for _, end := range []int{2, 5, 11} {
			exchange, conn = b.Pair()
			d = decoder(conn, maxPayload)
			exchange.Send(heartbeat + quote + quote + quote[:end])
			exchange.CloseWrite()
			expectFrame(b, "the frame is complete", d, 'H', "")
			expectFrame(b, "the frame is complete", d, 'Q', price)
			expectFrame(b, "the frame is complete", d, 'Q', price)
			_, err = next(b, d).Result("Next returns when the stream ends")
			b.ErrorIs("the stream ends within a frame", err, io.ErrUnexpectedEOF)
			b.Equal("35 bytes come before the frame", "35", numberIn(err, "35"))
		}
	})
}
