// Package catch has the tests that you write for clients: any answer to this
// exercise, right or wrong.
//
//	make catch EX=01                   tries them on right answers and on known mistakes
//	go test ./exercises/01-dial/catch  tries them on your own code
//	go doc ./harness/peer              lists what a script can do
package catch

import (
	"testing"

	dial "socketkata/exercises/01-dial"
	"socketkata/harness/peer"
)

// Exchange is the client, so the script plays the server. Exchange blocks until
// the reply is complete: peer.Start runs it beside the script.
func TestReplyInTwoPieces(t *testing.T) {
	peer.Run(t, "a client returns a reply that arrives in two pieces", func(b *peer.Bench) {
		host := b.Listen()
		reply := peer.Start(b, "Exchange", func() ([]byte, error) {
			return dial.Exchange(b.Context(), host.Addr(), []byte("name?\n"), 1000)
		})
		server := host.Accept("Exchange dials the address")
		server.Expect("Exchange sends the request", "name?\n")
		server.SendPieces("kata ", "server\n") // the second piece is sent once the first was read
		server.CloseWrite()                    // FIN: the reply is complete
		got, err := reply.Result("Exchange returns when the server has sent everything")
		b.NoError("nothing went wrong", err)
		b.Equal("Exchange returns both pieces", "kata server\n", string(got))
	}, peer.Loopback) // Exchange dials for real, so there is no in-memory run
}

// What else can a server do to a client?
//
//	server.ExpectEOF("…")     wait for the end of the request before it answers
//	server.Reset()            reset the conn in the middle of the reply
//	host.StopReading()        not read the request (before host.Accept)
//	reply.ExpectPending("…")  keep Exchange waiting
//
// And what can the caller of Exchange do? Cancel its context, or give a limit that
// the reply just meets, or just exceeds.
