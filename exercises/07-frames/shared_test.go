package frames_test

import (
	"fmt"
	"strings"
	"testing"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestPayloadUntouched_R15(t *testing.T) {
	peer.Run(t, "R15: WriteFrame changes neither a payload nor the bytes behind it", func(b *peer.Bench) {
		b.Inside("it looks at the memory that it passes to WriteFrame")
		for _, size := range []int{0, 10, 100_000} {
			memory := []byte(peer.Numbered(size + 100))
			held := newHeld()
			defer held.release()
			call := peer.Start(b, "WriteFrame", func() (bool, error) {
				return true, frames.WriteFrame(held, frames.Frame{Type: 'S', Payload: memory[:size]})
			})
			b.Until("WriteFrame calls Write", func() bool { return held.writing.Load() > 0 })
			b.Equal("while Write runs, the payload is unchanged: another goroutine may send it", peer.Numbered(size), memory[:size])
			b.Equal("while Write runs, the bytes behind the payload are unchanged", peer.Numbered(size + 100)[size:], memory[size:])
			held.release()
			_, err := call.Result("WriteFrame returns")
			b.NoError("Write returned no error", err)
			b.Equal("the frame is written", frame('S', peer.Numbered(size)), held.took.String())
			b.Equal("the payload is unchanged", peer.Numbered(size), memory[:size])
			b.Equal("the bytes behind the payload are unchanged", peer.Numbered(size + 100)[size:], memory[size:])
		}
	})
}

func TestAtOnce_R16(t *testing.T) {
	peer.Run(t, "R16: Decoders used at once keep their streams apart", func(b *peer.Bench) {
		for _, cut := range []int{1, 3, 5, 9} {
			slow, conn := b.Pair()
			call := next(b, newDecoder(conn, maxPayload))
			slow.SendPieces(quote[:cut], "")
			b.Until("Next waits for the rest of its frame", b.AtRest)
			quick, conn := b.Pair()
			quick.Send(frame('T', "EMCA 99.99, 100 ACME"))
			expectFrame(b, "another stream has a frame", newDecoder(conn, maxPayload), 'T', "EMCA 99.99, 100 ACME")
			slow.Send(quote[cut:])
			got, err := call.Result("the frame is complete")
			b.NoError(fmt.Sprintf("another Decoder returned a frame after the first %d of these 15 bytes", cut), err)
			b.Equal(fmt.Sprintf("another Decoder returned a frame after the first %d of these 15 bytes (type, payload)", cut), line('Q', price), got)
		}

		var feeds []string
		var all []*peer.Call[string]
		for i := range 3 {
			exchange, conn := b.Pair()
			d := newDecoder(conn, maxPayload)
			kind, payload := byte('A'+i), peer.Numbered(10+10*i)
			all = append(all, peer.Start(b, "Next", func() (string, error) { return joined(d, 50) }))
			exchange.SendAsync(strings.Repeat(frame(kind, payload), 50))
			feeds = append(feeds, strings.Repeat(line(kind, payload)+"\n", 50))
		}
		for i, call := range all {
			got, err := call.Result("50 frames arrive on each of three streams")
			b.NoError("each Decoder reads its own stream", err)
			b.Equal("each Decoder returns the frames of its own stream (type, payload)", feeds[i], got)
		}
	})
}

func TestNoGoroutineLeft_R17(t *testing.T) {
	peer.Run(t, "R17: once the conn is closed, no goroutine of Next is left", func(b *peer.Bench) {
		exchange, conn := b.Pair(fault.OneByteReads)
		exchange.Send(quote + strings.Repeat(heartbeat, 190)) // more than fit into a channel with some room
		expectFrame(b, "the frame is complete", newDecoder(conn, maxPayload), 'Q', price)
		b.Until("Next reads no further ahead, or waits with what it has read", b.AtRest)
		b.Note("190 frames are left when the bench closes the conn")
	})
}
