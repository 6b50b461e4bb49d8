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
	peer.Run(t, "R1: Serve echoes every message while the client waits for it", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve))
		client.Send("ping\n")
		client.Expect("Serve sends the echo before the client closes", "ping\n")
		client.Send("pong, a longer one\n")
		client.Expect("Serve echoes the second message on the same conn", "pong, a longer one\n")
		client.Send("end\n")
		client.Expect("Serve sends back only the bytes of this Read", "end\n")
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
	})
}

func TestPieces(t *testing.T) {
	peer.Run(t, "R2: a message sent in any number of pieces is echoed whole", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		client := b.Dial(server)
		client.SendPieces("a mes", "sage in ", "three pieces\n")
		client.Expect("Serve echoes all the pieces", "a message in three pieces\n")
		client.Close()
		b.SweepInTurn("the echo does not depend on where the message is split", server, "café, naïve\n", "café, naïve\n")
	})
}

func TestHalfClose(t *testing.T) {
	peer.Run(t, "R3: a client that half-closes still gets its whole echo", func(b *peer.Bench) {
		message := strings.Repeat("0123456789abcdef", 200<<10/16)
		client := b.Dial(b.Serve(echo.Serve))
		client.Send(message)
		client.CloseWrite()
		client.Expect("Serve echoes every byte sent before the FIN", message)
		client.ExpectEOF("the server closes after the last byte")
	})
}

func TestSilentClient(t *testing.T) {
	peer.Run(t, "R4: a client that closes without sending ends only its own conn", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		b.Dial(server).Close()
		b.Dial(server).Close()
		next := b.Dial(server)
		next.Send("still there?\n")
		next.Expect("Serve serves the next client", "still there?\n")
	})
}

func TestRoundTrip(t *testing.T) {
	peer.Run(t, "R5: RoundTrip returns the whole reply, however it is split", func(b *peer.Bench) {
		server, conn := b.Pair()
		reply := roundTrip(b, conn, "hello, world\n")
		server.Expect("RoundTrip sends the message", "hello, world\n")
		server.SendPieces("hell", "o, wor", "ld\n")
		got, err := reply.Result("RoundTrip returns once the reply is complete")
		b.NoError("RoundTrip received the whole reply", err)
		b.Equal("RoundTrip returns the whole reply", "hello, world\n", got)
	})
}

func TestServeReturns(t *testing.T) {
	peer.Run(t, "R6: Serve returns nil once its listener is closed", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		client := b.Dial(server)
		client.Send("one\n")
		client.Expect("Serve serves the client", "one\n")
		client.Close()
		server.Close()
		b.NoError("a closed listener is the normal end of Serve", server.Result("Serve returns when its listener is closed"))
	})
}

func TestAnyBytes(t *testing.T) {
	peer.Run(t, "R7: every byte value and every message length is echoed unchanged", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		for _, size := range []int{1, 1023, 1024, 1025, 4096, 32 << 10, 64 << 10, 64<<10 + 1, 1 << 20} {
			message := allBytes(size)
			client := b.Dial(server)
			client.Send(message)
			client.CloseWrite()
			client.Expect("Serve sends back exactly what it received", message)
			client.ExpectEOF("Serve sends nothing after the echo")
		}
	})
}

func TestDataWithEOF(t *testing.T) {
	peer.Run(t, "R8: bytes returned by the same Read as EOF are echoed", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve, fault.EveryConn(fault.DataWithEOF)))
		client.Send("last words")
		client.CloseWrite()
		client.Expect("Serve echoes bytes that Read returns together with io.EOF", "last words")
		client.ExpectEOF("the server closes after the last byte")
	}, peer.Virtual)
}

func TestReset(t *testing.T) {
	peer.Run(t, "R9: a client that resets its conn ends only its own conn", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		rude := b.Dial(server)
		rude.Send("hello\n")
		rude.Expect("Serve serves the first client", "hello\n")
		rude.Reset()
		next := b.Dial(server)
		next.Send("still there?\n")
		next.Expect("Serve serves the next client", "still there?\n")
	})
}

func TestNeverReads(t *testing.T) {
	peer.Run(t, "R10: a client that never reads cannot make the server buffer without limit", func(b *peer.Bench) {
		message := allBytes(peer.Plenty)
		client := b.Dial(b.Serve(echo.Serve))
		client.StopReading()
		client.SendAsync(message)
		client.ExpectStall("Serve stops reading while its Write is blocked", 1<<20)
		client.ResumeReading()
		client.Expect("Serve loses no byte once the client reads again", message)
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
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
		server.Expect("RoundTrip sends the whole message, even after an early reply", message)
		got, err := reply.Result("RoundTrip returns once message and reply are complete")
		b.NoError("RoundTrip sent the message and received the reply", err)
		b.Equal("RoundTrip returns the reply as received, echo or not", answer, got)
	})
}

func TestRoundTripShort(t *testing.T) {
	peer.Run(t, "R12: RoundTrip returns an error if the reply ends early", func(b *peer.Bench) {
		server, conn := b.Pair()
		reply := roundTrip(b, conn, "hello, world\n")
		server.Expect("RoundTrip sends the message", "hello, world\n")
		server.Send("hello")
		server.CloseWrite()
		got, err := reply.Result("RoundTrip returns when the server's stream ends")
		b.ErrorIs("5 of 13 bytes are not a whole reply", err, io.ErrUnexpectedEOF)
		b.Equal("RoundTrip returns the bytes so far", "hello", got)

		server, conn = b.Pair()
		reply = roundTrip(b, conn, "anybody?\n")
		server.Expect("RoundTrip sends the message", "anybody?\n")
		server.CloseWrite()
		_, err = reply.Result("RoundTrip returns when the server's stream ends")
		b.ErrorIs("0 of 9 bytes are not a whole reply", err, io.ErrUnexpectedEOF)

		server, conn = b.Pair()
		server.StopReading()
		reply = roundTrip(b, conn, allBytes(peer.Plenty))
		server.Send("go away\n")
		server.CloseWrite()
		_, err = reply.Result("RoundTrip returns when the stream ends, even if its Write is blocked")
		b.ErrorIs("RoundTrip reports the early end, not the Write it canceled", err, io.ErrUnexpectedEOF)
		b.Until("RoundTrip ends its writer goroutine before it returns", func() bool { return b.Goroutines() == 0 })
	})
}

func TestAcceptFails(t *testing.T) {
	peer.Run(t, "R13: Serve returns the listener's error if Accept fails", func(b *peer.Bench) {
		ln, server := b.Listener()
		client := b.Dial(server)
		_, err := serve(b, fault.FailAccept(errNetwork)(ln)).Result("Serve returns when Accept fails")
		b.ErrorIs("Serve returns the Accept error or wraps it", err, errNetwork)
		serve(b, ln)
		client.Send("still there?\n")
		client.Expect("Serve left the listener open, and a second Serve accepts the client", "still there?\n")
	})
}

func TestServeConn(t *testing.T) {
	peer.Run(t, "R14: ServeConn counts the bytes it sends and leaves the conn open", func(b *peer.Bench) {
		client, conn := b.Pair()
		count := serveConn(b, conn)
		client.SendPieces("four", "+", "eleven more")
		client.CloseWrite()
		client.Expect("ServeConn echoes every piece", "four+eleven more")
		n, err := count.Result("ServeConn returns at the client's FIN")
		b.NoError("EOF is the normal end of ServeConn", err)
		b.Equal("ServeConn returns the number of bytes it sent back", int64(16), n)
		_, err = io.WriteString(conn, "bye")
		b.NoError("ServeConn leaves the conn open for its caller", err)
		client.Expect("the client still receives what the caller writes", "bye")
	})
}

func TestServeConnFails(t *testing.T) {
	peer.Run(t, "R15: ServeConn returns a Read or Write error with its count", func(b *peer.Bench) {
		client, conn := b.Pair(fault.FailRead(6, errNetwork))
		count := serveConn(b, conn)
		client.Send("hello\n")
		client.Expect("ServeConn echoes what it read before the error", "hello\n")
		n, err := count.Result("ServeConn returns when Read fails")
		b.ErrorIs("Read failed, which is not the end of the stream", err, errNetwork)
		b.Equal("ServeConn returns the number of bytes it sent back", int64(6), n)

		client, conn = b.Pair(fault.FailWrite(5, errNetwork))
		count = serveConn(b, conn)
		client.Send("hello, world\n")
		client.Expect("ServeConn sends what Write takes before it fails", "hello")
		n, err = count.Result("ServeConn returns when Write fails")
		b.ErrorIs("Write failed, so ServeConn cannot send the echo", err, errNetwork)
		b.Equal("ServeConn counts the bytes it sent, not those it read", int64(5), n)
	})
}

func TestRoundTripExact(t *testing.T) {
	peer.Run(t, "R16: RoundTrip reads nothing beyond its reply and leaves the conn open", func(b *peer.Bench) {
		server, conn := b.Pair()
		reply := roundTrip(b, conn, "ping\n")
		server.Expect("RoundTrip sends the message", "ping\n")
		server.Send("pong\nbye\n")
		got, err := reply.Result("RoundTrip returns once the reply is complete")
		b.NoError("RoundTrip received the whole reply", err)
		b.Equal("RoundTrip returns as many bytes as it sent", "pong\n", got)
		reply = roundTrip(b, conn, "bye\n")
		server.Expect("RoundTrip leaves the conn open for a second message", "bye\n")
		got, err = reply.Result("RoundTrip did not read what followed the first reply")
		b.NoError("RoundTrip received the whole reply", err)
		b.Equal("the second reply starts where the first ended", "bye\n", got)
	})
}

// serve, serveConn and roundTrip call Serve, ServeConn and RoundTrip in the
// background, so that the script can play the peer.

func serve(b *peer.Bench, ln net.Listener) *peer.Call[any] {
	return peer.Start(b, "Serve", func() (any, error) { return nil, echo.Serve(ln) })
}

func serveConn(b *peer.Bench, c net.Conn) *peer.Call[int64] {
	return peer.Start(b, "ServeConn", func() (int64, error) { return echo.ServeConn(c) })
}

func roundTrip(b *peer.Bench, c net.Conn, message string) *peer.Call[[]byte] {
	return peer.Start(b, "RoundTrip", func() ([]byte, error) { return echo.RoundTrip(c, []byte(message)) })
}

// errNetwork is the error of every operation on a lost network interface.
var errNetwork = errors.New("network is down")

// allBytes returns size bytes that contain every value. They repeat with a
// period that does not match any likely buffer size.
func allBytes(size int) string {
	block := make([]byte, 65_521)
	for i := range block {
		block[i] = byte(i + i>>8*7)
	}
	return strings.Repeat(string(block), size/len(block)+1)[:size]
}
