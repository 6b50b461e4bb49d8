// Package catch has the tests that you write for listeners: any answer to this
// exercise, right or wrong.
//
//	make catch EX=02                     tries them on right answers and on known mistakes
//	go test ./exercises/02-listen/catch  tries them on your own code
//	go doc ./harness/peer                lists what a script can do
package catch

import (
	"io"
	"net"
	"testing"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/peer"
)

// ServeN takes a listener and a handler. The script makes both: the bench opens
// the listener, and the handler is a function of the test.
func TestTwoClients(t *testing.T) {
	greet := func(c net.Conn) error {
		_, err := io.WriteString(c, "hello\n")
		return err
	}
	peer.Run(t, "ServeN serves one client after the other", func(b *peer.Bench) {
		ln, server := b.Listener() // the subject's listener, and where clients dial
		served := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greet) })
		for range 2 {
			client := b.Dial(server)
			client.Expect("the handler greets the client", "hello\n")
			client.ExpectEOF("ServeN closes the conn when the handler has returned")
		}
		n, err := served.Result("ServeN returns after the second client")
		b.NoError("both clients were served", err)
		b.Equal("ServeN counts its clients", 2, n)
	})
}

// Kind needs no conn: the test makes the error.
func TestKindOfEOF(t *testing.T) {
	peer.Run(t, "the end of a stream is eof", func(b *peer.Bench) {
		b.Equal("io.EOF is a normal end", "eof", listen.Kind(io.EOF))
	}, peer.Loopback)
}

// Which errors look alike and differ? Wrap one with fmt.Errorf and %w, or in a
// *net.OpError. Which clients does ServeN meet: one whose handler fails, one that
// resets its conn, one too many? What if the listener is closed: server.Close()?
