package echo_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestOneMessage(t *testing.T) {
	peer.Run(t, "R1: one message comes back while the client waits for it", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve))
		client.Send("ping\n")
		client.Expect("the echo comes before the client hangs up", "ping\n")
		client.Send("pong, a longer one\n")
		client.Expect("the second message comes back on the same conn", "pong, a longer one\n")
		client.Send("end\n")
		client.Expect("only the bytes of this Read come back", "end\n")
		client.CloseWrite()
		client.ExpectEOF("the server hangs up behind the last byte")
	})
}

func TestPieces(t *testing.T) {
	peer.Run(t, "R2: a message in any number of pieces comes back whole", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		client := b.Dial(server)
		client.SendPieces("a mes", "sage in ", "three pieces\n")
		client.Expect("all the pieces come back", "a message in three pieces\n")
		client.Close()
		b.SweepInTurn("the echo does not depend on where the message is cut", server, "café, naïve\n", "café, naïve\n")
	})
}

func TestHalfClose(t *testing.T) {
	peer.Run(t, "R3: the echo still arrives after the client half-closed", func(b *peer.Bench) {
		message := strings.Repeat("0123456789abcdef", 200<<10/16)
		client := b.Dial(b.Serve(echo.Serve))
		client.Send(message)
		client.CloseWrite()
		client.Expect("every byte sent before the FIN comes back", message)
		client.ExpectEOF("the server hangs up behind the last byte")
	})
}

func TestSilentClient(t *testing.T) {
	peer.Run(t, "R4: a client that hangs up without a word ends only its own conn", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		b.Dial(server).Close()
		b.Dial(server).Close()
		next := b.Dial(server)
		next.Send("still there?\n")
		next.Expect("the next client is served", "still there?\n")
	})
}

func TestRoundTrip(t *testing.T) {
	peer.Run(t, "R5: RoundTrip returns the whole reply, however it is cut", func(b *peer.Bench) {
		server, conn := b.Pair()
		reply := roundTrip(b, conn, "hello, world\n")
		server.Expect("the message arrives", "hello, world\n")
		server.SendPieces("hell", "o, wor", "ld\n")
		got, err := reply.Result("RoundTrip returns when as many bytes came back")
		b.NoError("the whole reply arrived", err)
		b.Equal("RoundTrip returns the whole reply", "hello, world\n", got)
	})
}

func TestServeReturns(t *testing.T) {
	peer.Run(t, "R6: Serve returns nil once its listener is closed", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		client := b.Dial(server)
		client.Send("one\n")
		client.Expect("the client is served", "one\n")
		client.Close()
		server.Close()
		b.NoError("a closed listener is the normal end", server.Result("Serve returns"))
	})
}

func TestAnyBytes(t *testing.T) {
	peer.Run(t, "R7: every byte value and every length comes back unchanged", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		for _, size := range []int{1, 1023, 1024, 1025, 4096, 32 << 10, 64 << 10, 64<<10 + 1, 1 << 20} {
			message := allBytes(size)
			client := b.Dial(server)
			client.Send(message)
			client.CloseWrite()
			client.Expect("what was sent comes back", message)
			client.ExpectEOF("nothing follows")
		}
	})
}

func TestDataWithEOF(t *testing.T) {
	peer.Run(t, "R8: bytes that come out of the same Read as EOF are echoed", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve, fault.EveryConn(fault.DataWithEOF)))
		client.Send("last words")
		client.CloseWrite()
		client.Expect("Read may return n > 0 together with io.EOF", "last words")
		client.ExpectEOF("the server hangs up behind the last byte")
	}, peer.Virtual)
}

func TestReset(t *testing.T) {
	peer.Run(t, "R9: a client that resets its conn ends only its own conn", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		rude := b.Dial(server)
		rude.Send("hello\n")
		rude.Expect("the client is being served", "hello\n")
		rude.Reset()
		next := b.Dial(server)
		next.Send("still there?\n")
		next.Expect("the next client is served", "still there?\n")
	})
}

func TestNeverReads(t *testing.T) {
	peer.Run(t, "R10: a client that never reads is not read from without limit", func(b *peer.Bench) {
		message := allBytes(peer.Plenty)
		client := b.Dial(b.Serve(echo.Serve))
		client.StopReading()
		client.SendAsync(message)
		client.ExpectStall("the server stops reading while its answers are stuck", 1<<20)
		client.ResumeReading()
		client.Expect("no byte is lost once the client reads", message)
		client.CloseWrite()
		client.ExpectEOF("the server hangs up behind the last byte")
	}, peer.Virtual)
}

func TestRoundTripLarge(t *testing.T) {
	peer.Run(t, "R11: RoundTrip reads while it writes", func(b *peer.Bench) {
		message, answer := allBytes(peer.Plenty), strings.Repeat("no echo\n", peer.Plenty/8)
		server, conn := b.Pair()
		server.StopReading()
		reply := roundTrip(b, conn, message)
		server.Send(answer) // a server that answers before it reads
		server.ResumeReading()
		server.Expect("the whole message arrives, whatever came back before", message)
		got, err := reply.Result("RoundTrip returns when both directions are through")
		b.NoError("both directions went through", err)
		b.Equal("RoundTrip returns the whole reply, whatever it says", answer, got)
	})
}

func TestRoundTripShort(t *testing.T) {
	peer.Run(t, "R12: RoundTrip reports a reply that ends too early", func(b *peer.Bench) {
		server, conn := b.Pair()
		reply := roundTrip(b, conn, "hello, world\n")
		server.Expect("the message arrives", "hello, world\n")
		server.Send("hello")
		server.CloseWrite()
		got, err := reply.Result("RoundTrip returns at the end of the stream")
		b.ErrorIs("5 of 13 bytes are not a reply", err, io.ErrUnexpectedEOF)
		b.Equal("RoundTrip returns the bytes so far", "hello", got)

		server, conn = b.Pair()
		reply = roundTrip(b, conn, "anybody?\n")
		server.Expect("the message arrives", "anybody?\n")
		server.CloseWrite()
		_, err = reply.Result("RoundTrip returns at the end of the stream")
		b.ErrorIs("0 of 9 bytes are not a reply either", err, io.ErrUnexpectedEOF)

		server, conn = b.Pair()
		server.StopReading()
		reply = roundTrip(b, conn, allBytes(peer.Plenty))
		server.Send("go away\n")
		server.CloseWrite()
		_, err = reply.Result("RoundTrip returns at the end of the stream, though its message is stuck")
		b.ErrorIs("the stream ended early, whatever became of the message", err, io.ErrUnexpectedEOF)
		b.Until("the goroutine that writes has ended when RoundTrip returns", func() bool { return b.Goroutines() == 0 })
	})
}

func TestAcceptFails(t *testing.T) {
	peer.Run(t, "R13: Serve returns the error of a listener that fails", func(b *peer.Bench) {
		ln, server := b.Listener()
		client := b.Dial(server)
		_, err := serve(b, fault.FailAccept(errNetwork)(ln)).Result("Serve returns")
		b.ErrorIs("a failing listener is not a normal end", err, errNetwork)
		serve(b, ln)
		client.Send("still there?\n")
		client.Expect("Serve left the listener open, and another call finds the client there", "still there?\n")
	})
}

func TestServeConn(t *testing.T) {
	peer.Run(t, "R14: ServeConn counts the bytes it sent back and leaves the conn open", func(b *peer.Bench) {
		client, conn := b.Pair()
		count := serveConn(b, conn)
		client.SendPieces("four", "+", "eleven more")
		client.CloseWrite()
		client.Expect("every piece comes back", "four+eleven more")
		n, err := count.Result("ServeConn returns at the client's FIN")
		b.NoError("EOF is the normal end", err)
		b.Equal("ServeConn counts what it sent back", int64(16), n)
		_, err = io.WriteString(conn, "bye")
		b.NoError("who made the conn closes it", err)
		client.Expect("the conn is still open", "bye")
	})
}

func TestServeConnFails(t *testing.T) {
	peer.Run(t, "R15: ServeConn returns the error that ended it and the bytes sent back until then", func(b *peer.Bench) {
		client, conn := b.Pair(fault.FailRead(6, errNetwork))
		count := serveConn(b, conn)
		client.Send("hello\n")
		client.Expect("what was read before the error comes back", "hello\n")
		n, err := count.Result("ServeConn returns when Read fails")
		b.ErrorIs("the client has not ended its stream: Read failed", err, errNetwork)
		b.Equal("ServeConn counts what it sent back", int64(6), n)

		client, conn = b.Pair(fault.FailWrite(5, errNetwork))
		count = serveConn(b, conn)
		client.Send("hello, world\n")
		client.Expect("what could be written comes back", "hello")
		n, err = count.Result("ServeConn returns when Write fails")
		b.ErrorIs("Write failed, and nothing more can be sent back", err, errNetwork)
		b.Equal("ServeConn counts what it sent back, not what it read", int64(5), n)
	})
}

func TestRoundTripExact(t *testing.T) {
	peer.Run(t, "R16: RoundTrip takes no byte beyond its reply and leaves the conn open", func(b *peer.Bench) {
		server, conn := b.Pair()
		reply := roundTrip(b, conn, "ping\n")
		server.Expect("the message arrives", "ping\n")
		server.Send("pong\nbye\n")
		got, err := reply.Result("RoundTrip returns when as many bytes came back")
		b.NoError("the whole reply arrived", err)
		b.Equal("the reply is as long as the message", "pong\n", got)
		reply = roundTrip(b, conn, "bye\n")
		server.Expect("the conn is open for a second message", "bye\n")
		got, err = reply.Result("RoundTrip left alone what followed the first reply")
		b.NoError("the whole reply arrived", err)
		b.Equal("the second reply begins where the first ended", "bye\n", got)
	})
}

// serve, serveConn and roundTrip call what they are named after in the
// background, so that the script can play the peer meanwhile.

func serve(b *peer.Bench, ln net.Listener) *peer.Call[any] {
	return peer.Start(b, "Serve", func() (any, error) { return nil, echo.Serve(ln) })
}

func serveConn(b *peer.Bench, c net.Conn) *peer.Call[int64] {
	return peer.Start(b, "ServeConn", func() (int64, error) { return echo.ServeConn(c) })
}

func roundTrip(b *peer.Bench, c net.Conn, message string) *peer.Call[[]byte] {
	return peer.Start(b, "RoundTrip", func() ([]byte, error) { return echo.RoundTrip(c, []byte(message)) })
}

// errNetwork is how everything fails on a network interface that is lost.
var errNetwork = errors.New("network is down")

// allBytes returns size bytes in which every value occurs. They repeat at a
// distance that is no buffer's size.
func allBytes(size int) string {
	block := make([]byte, 65_521)
	for i := range block {
		block[i] = byte(i + i>>8*7)
	}
	return strings.Repeat(string(block), size/len(block)+1)[:size]
}
