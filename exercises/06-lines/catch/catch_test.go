// Package catch has the tests that you write for lines: any answer to this
// exercise, right or wrong.
//
//	make catch EX=06                    tries them on right answers and on known mistakes
//	go test ./exercises/06-lines/catch  tries them on your own code
//	go doc ./harness/peer               lists what a script can do
package catch

import (
	"net"
	"testing"
	"time"

	lines "socketkata/exercises/06-lines"
	"socketkata/harness/peer"
)

// board serves one client after the other. Serve itself takes a conn, so the
// script accepts for it.
func board(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return err // the bench closes the listener after the script
		}
		if err := lines.Serve(c, 20, time.Hour); err != nil {
			return err
		}
	}
}

func TestLineInPieces(t *testing.T) {
	peer.Run(t, "a line that arrives in pieces is one line", func(b *peer.Bench) {
		client := b.Dial(b.Named("Serve").Serve(board))
		client.SendPieces("07:15 har", "bour\n") // the second piece is sent once the first was read
		client.Expect("Serve answers the whole line", "07:15 HARBOUR\n")
		client.CloseWrite()
		client.ExpectEOF("Serve closes the conn when the client has sent everything")
	})
}

// Which lines are easy to get wrong? The empty one, one with "\r\n", a "\r" that
// ends a piece, one of exactly 20 bytes, one byte more, one without its "\n".
//
// ReadLine can be called without Serve: client, conn := b.Pair() gives a conn, and
// in := lines.NewLineReader(conn, 20) reads from it. Call in.ReadLine in
// peer.Start, because it may block.
//
// Slow clients need time to pass. Run a script in peer.Virtual, with a shorter
// time than an hour, and let it pass with b.Advance.
