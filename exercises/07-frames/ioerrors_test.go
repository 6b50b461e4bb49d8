package frames_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

var errNetwork = errors.New("the network is down")

func TestFailures_R13(t *testing.T) {
	peer.Run(t, "R13: the error of a failed Write or Read is returned", func(b *peer.Bench) {
		for _, taken := range []int{0, 3, 5, 9, 15} {
			for _, failure := range []error{errNetwork, os.ErrDeadlineExceeded} {
				w := &counting{limit: taken, err: failure}
				_, err := write(b, w, 'Q', price).Result("WriteFrame returns")
				b.ErrorIs(fmt.Sprintf("Write took %d bytes of 15 and failed, once", taken), err, failure)
				b.Equal("a Write that failed is not repeated: some of its bytes may be on their way", calls(1), w.calls)
			}
		}
		for _, given := range []int{0, 3, 5, 9} {
			exchange, conn := b.Pair(fault.FailRead(int64(given), errNetwork))
			exchange.Send(quote[:given])
			b.Note("every further Read fails: " + errNetwork.Error())
			_, err := next(b, newDecoder(conn, maxPayload)).Result("Next returns")
			b.ErrorIs(fmt.Sprintf("Read failed after %d bytes of 15", given), err, errNetwork)
		}

		exchange, conn := b.Pair(fault.FailRead(20, errNetwork))
		d := newDecoder(fault.LastWithError(conn), maxPayload)
		exchange.Send(heartbeat + quote)
		b.Note("the Read of the last byte fails, too: " + errNetwork.Error())
		expectFrame(b, "bytes that come together with an error are read", d, 'H', "")
		expectFrame(b, "bytes that come together with an error are read", d, 'Q', price)
		_, err := next(b, d).Result("Next returns")
		b.ErrorIs("the error follows after the last frame", err, errNetwork)
	})
}

func TestOffset_R14(t *testing.T) {
	peer.Run(t, "R14: an error about a frame names the byte where it begins", func(b *peer.Bench) {
		exchange, conn := b.Pair()
		d := newDecoder(conn, 50)
		exchange.Send(heartbeat)
		expectFrame(b, "the frame is complete", d, 'H', "")
		exchange.Send(quote)
		expectFrame(b, "the frame is complete", d, 'Q', price)
		exchange.Send(header('S', 100))
		exchange.CloseWrite()
		_, err := next(b, d).Result("Next returns")
		b.ErrorIs("the payload has 100 bytes, and max is 50", err, frames.ErrFrameTooLarge)
		b.NamesNumber("the error names byte 20, at which the frame begins", err, 20)

		for _, end := range []int{2, 5, 11} {
			exchange, conn = b.Pair()
			d = newDecoder(conn, maxPayload)
			exchange.Send(heartbeat + quote + quote + quote[:end])
			exchange.CloseWrite()
			expectFrame(b, "the frame is complete", d, 'H', "")
			expectFrame(b, "the frame is complete", d, 'Q', price)
			expectFrame(b, "the frame is complete", d, 'Q', price)
			_, err = next(b, d).Result("Next returns when the stream ends")
			b.ErrorIs("the stream ends within a frame", err, io.ErrUnexpectedEOF)
			b.NamesNumber("the error names byte 35, at which the frame begins", err, 35)
		}

		long := frame('S', peer.Numbered(100_000))
		exchange, conn = b.Pair()
		d = newDecoder(conn, maxPayload)
		exchange.SendAsync(long + quote + header('S', maxPayload+1))
		expectFrame(b, "the frame is complete", d, 'S', peer.Numbered(100_000))
		expectFrame(b, "the frame is complete", d, 'Q', price)
		_, err = next(b, d).Result("Next returns")
		b.ErrorIs("the payload has 1 MiB and a byte, and max is 1 MiB", err, frames.ErrFrameTooLarge)
		b.NamesNumber("the error names byte 100020, at which the frame begins", err, 100020)
	})
}
