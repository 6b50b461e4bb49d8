// Package catch has the tests that you write for frames: any answer to this
// exercise, right or wrong.
//
//	make catch EX=07                     tries them on right answers and on known mistakes
//	go test ./exercises/07-frames/catch  tries them on your own code
//	go doc ./harness/peer                lists what a script can do
package catch

import (
	"testing"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/peer"
)

// heartbeat has no payload, price has five bytes: the type, four bytes of length,
// the payload.
const (
	heartbeat = "H\x00\x00\x00\x00"
	price     = "Q\x00\x00\x00\x0512.50"
)

// Next may block, so peer.Start runs it beside the script.
func next(b *peer.Bench, d *frames.Decoder) frames.Frame {
	b.Helper() // a failure names the line of the script, not this one
	f, err := peer.Start(b, "Next", d.Next).Result("Next returns a frame that is complete")
	b.NoError("the frame is complete", err)
	return f
}

func TestTwoFramesAtOnce(t *testing.T) {
	peer.Run(t, "two frames in one packet are two frames", func(b *peer.Bench) {
		exchange, conn := b.Pair() // the script's end and the subject's
		d := frames.NewDecoder(conn, 1000)
		exchange.Send(heartbeat + price)
		b.Equal("the first frame is a heartbeat", byte('H'), next(b, d).Type)
		b.Equal("the second has the price", "12.50", string(next(b, d).Payload))
		conn.Close() // what the test got from the bench, it closes
	})
}

// What else can arrive? A frame in pieces (exchange.SendPieces), the end of the
// stream after a frame or within one (exchange.CloseWrite), a length above the
// limit, a reset. b.ErrorIs checks an error.
//
// WriteFrame is the other direction: write to conn, and let the script look with
// exchange.Expect at each byte.
