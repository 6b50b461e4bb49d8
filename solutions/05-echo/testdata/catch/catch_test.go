// Package catch has the tests that you write. They are for any answer to this
// exercise, right or wrong: a right one passes them all, and a good set of tests
// fails every wrong one.
//
//	make catch EX=05                   tries them on right answers and on known mistakes
//	go test ./exercises/05-echo/catch  tries them on your own code
//	go doc ./harness/peer              lists what a script can do
//
// Add tests here or in other files of this folder. Their names end in _test.go.
package catch

import (
	"testing"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/peer"
)

// A test calls peer.Run with a sentence that says what right code does, and with
// a script. The bench plays the script once in memory and once over loopback.
func TestOneLine(t *testing.T) {
	peer.Run(t, "a client gets its line back", func(b *peer.Bench) {
		server := b.Serve(echo.Serve) // starts the code on a listener of the bench
		client := b.Dial(server)      // the script plays the client
		client.Send("hello\n")
		client.Expect("Serve sends back the line", "hello\n") // the sentence heads a failure
		client.CloseWrite()                                   // FIN: the client sends no more
		client.ExpectEOF("the server closes after the last byte")
	})
	// The bench also checks, after each script, that the code has closed its conns
	// and has left no goroutine.
}

// What can a server get wrong that passes the test above? Take one requirement of
// the contract at a time, and let a client meet it:
//
//	client.SendPieces("hel", "lo\n")   a message in pieces, read one by one
//	client.Reset()                     a client that is killed
//	client.StopReading()               a client that never reads
//
// RoundTrip is a call of the exercise, and the script plays its server:
//
//	server, conn := b.Pair()
//	reply := peer.Start(b, "RoundTrip", func() ([]byte, error) { return echo.RoundTrip(conn, []byte("hi\n")) })
//	server.Expect("RoundTrip sends the message", "hi\n")
//	server.Send("hi\n")
//	got, err := reply.Result("RoundTrip returns once the reply is complete")
//	b.NoError("RoundTrip received the whole reply", err)
//	b.Equal("RoundTrip returns the reply", "hi\n", got)
