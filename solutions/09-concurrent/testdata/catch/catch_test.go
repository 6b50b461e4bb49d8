// Package catch has the tests that you write for concurrent servers: any answer
// to this exercise, right or wrong.
//
//	make catch EX=09                         tries them on right answers and on known mistakes
//	go test ./exercises/09-concurrent/catch  tries them on your own code
//	go doc ./harness/peer                    lists what a script can do
package catch

import (
	"context"
	"io"
	"net"
	"testing"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/peer"
)

// echo is the handler of the servers under test. It ends with its conn, as every
// handler must: after a script, the bench closes all conns.
func echo(_ context.Context, c net.Conn) { io.Copy(c, c) }

func TestSecondClient(t *testing.T) {
	peer.Run(t, "a silent client delays nobody", func(b *peer.Bench) {
		s := &concurrent.Server{Handler: echo}
		server := b.Named("Server.Serve").Serve(s.Serve)
		silent := b.Dial(server) // it says nothing for now
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the second client is served", "hello\n")
		silent.Send("sorry\n")
		silent.Expect("so is the first", "sorry\n")
		client.CloseWrite()
		client.ExpectEOF("the server closes a conn when its handler has returned")
	})
}

// The methods of the server may block. peer.Start runs one beside the script:
//
//	ctx, cancel := context.WithCancel(b.Context())
//	down := peer.Start(b, "Shutdown", func() (bool, error) { return true, s.Shutdown(ctx) })
//	down.ExpectPending("Shutdown waits for the handler")
//
// What ends a Shutdown? What may still start after it? What does a handler that
// panics leave behind? b.Until waits for what is not a call, such as s.Active.
