package echo_test

import (
	"strings"
	"testing"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/peer"
)

func TestOneMessage_R1(t *testing.T) {
	peer.Run(t, "R1: Serve echoes every message while the client waits for it", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve))
		client.Send("ping\n")
		client.Expect("Serve sends the echo before the client closes", "ping\n")
		client.Send("pong, a longer one\n")
		client.Expect("Serve echoes the second message on the same conn", "pong, a longer one\n")
		client.Send("end\n")
		client.Expect("Serve sends back only the bytes of this Read", "end\n")
		client.Send("no newline")
		client.Expect("Serve does not wait for the end of a line", "no newline")
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
	})
}

func TestPieces_R2(t *testing.T) {
	peer.Run(t, "R2: a message sent in any number of pieces is echoed whole", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		client := b.Dial(server)
		client.SendPieces("a mes", "sage in ", "three pieces\n")
		client.Expect("Serve echoes all the pieces", "a message in three pieces\n")
		client.Close()
		b.SweepInTurn("the echo does not depend on where the message is split", server, "café, naïve\n", "café, naïve\n")
	})
}

func TestHalfClose_R3(t *testing.T) {
	peer.Run(t, "R3: a client that half-closes still gets its whole echo", func(b *peer.Bench) {
		message := strings.Repeat("0123456789abcdef", 200<<10/16)
		client := b.Dial(b.Serve(echo.Serve))
		client.Send(message)
		client.CloseWrite()
		client.Expect("Serve echoes every byte sent before the FIN", message)
		client.ExpectEOF("the server closes after the last byte")
	})
}

func TestSilentClient_R4(t *testing.T) {
	peer.Run(t, "R4: a client that closes without sending ends only its own conn", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		b.Dial(server).Close()
		b.Dial(server).Close()
		next := b.Dial(server)
		next.Send("still there?\n")
		next.Expect("Serve serves the next client", "still there?\n")
	})
}

func TestRoundTrip_R5(t *testing.T) {
	peer.Run(t, "R5: RoundTrip returns the whole reply, however it is split", func(b *peer.Bench) {
		server, conn := b.Pair()
		reply := roundTrip(b, conn, "hello, world\n")
		server.Expect("RoundTrip sends the message", "hello, world\n")
		server.SendPieces("hell", "o, wor", "ld\n")
		got, err := reply.Result("RoundTrip returns once the reply is complete")
		b.NoError("RoundTrip received the whole reply", err)
		b.Equal("RoundTrip returns the whole reply", "hello, world\n", got)

		server, conn = b.Pair()
		reply = roundTrip(b, conn, "good-bye\n")
		server.Expect("RoundTrip sends the second message", "good-bye\n")
		server.Send("good-bye\n")
		_, err = reply.Result("RoundTrip returns once the reply is complete")
		b.NoError("RoundTrip received the whole reply", err)
		b.Equal("a later call does not change an earlier reply", "hello, world\n", got)
	})
}

func TestServeReturns_R6(t *testing.T) {
	peer.Run(t, "R6: Serve returns nil once its listener is closed", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		client := b.Dial(server)
		client.Send("one\n")
		client.Expect("Serve serves the client", "one\n")
		client.Close()
		server.ExpectRunning("Serve returns only when its listener is closed")
		server.Close()
		b.NoError("a closed listener is the normal end of Serve", server.Result("Serve returns when its listener is closed"))
	})
}
