package echo_test

import (
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestAnyBytes_R7(t *testing.T) {
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

func TestDataWithEOF_R8(t *testing.T) {
	peer.Run(t, "R8: bytes returned by the same Read as EOF are echoed", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve, fault.EveryConn(fault.DataWithEOF)))
		client.Send("last words")
		client.CloseWrite()
		client.Expect("Serve echoes bytes that Read returns together with io.EOF", "last words")
		client.ExpectEOF("the server closes after the last byte")
	}, peer.Virtual)
}

func TestReset_R9(t *testing.T) {
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

func TestNeverReads_R10(t *testing.T) {
	peer.Run(t, "R10: a client that never reads cannot make the server buffer without limit", func(b *peer.Bench) {
		server := b.Serve(echo.Serve)
		if server.AtAddress() {
			neverReadsAt(b, server)
			return
		}
		message := allBytes(peer.Plenty)
		client := b.Dial(server)
		client.StopReading()
		client.SendAsync(message)
		client.ExpectStall("Serve stops reading while its Write is blocked", 1<<20)
		client.ResumeReading()
		client.Expect("Serve loses no byte once the client reads again", message)
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
	}, peer.Virtual, peer.Outside)
}

func TestRoundTripLarge_R11(t *testing.T) {
	peer.Run(t, "R11: RoundTrip reads while it writes", func(b *peer.Bench) {
		// More than the buffers hold, and no more than needed: the bench sends and does
		// not read, and if TCP loses a segment meanwhile, it delivers the rest slowly.
		const size = peer.Plenty / 2
		message, answer := allBytes(size), strings.Repeat("no echo\n", size/8)
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

func TestRoundTripShort_R12(t *testing.T) {
	peer.Run(t, "R12: RoundTrip returns an error if the reply ends early", func(b *peer.Bench) {
		server, conn := b.Pair(failWithBytes(5, io.EOF))
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

		server, conn = b.Pair(failWithBytes(13, io.EOF))
		reply = roundTrip(b, conn, "hello, world\n")
		server.Expect("RoundTrip sends the message", "hello, world\n")
		server.Send("hello, world\n")
		_, err = reply.Result("RoundTrip returns once the reply is complete")
		b.NoError("EOF together with the last byte is not too early", err)

		server, conn = b.Pair()
		server.StopReading()
		reply = roundTrip(b, conn, allBytes(peer.Plenty))
		server.Send("go away\n")
		server.CloseWrite()
		got, err = reply.Result("RoundTrip returns when the stream ends, even if its Write is blocked")
		b.ErrorIs("RoundTrip reports the early end, not the Write it canceled", err, io.ErrUnexpectedEOF)
		b.Equal("RoundTrip returns the bytes so far, even if its Write was blocked", "go away\n", got)
		b.Until("RoundTrip ends its writer goroutine before it returns", func() bool { return b.Goroutines() == 0 })
	})
}

func TestAcceptFails_R13(t *testing.T) {
	peer.Run(t, "R13: Serve returns the listener's error if Accept fails", func(b *peer.Bench) {
		ln, server := b.Listener()
		client := b.Dial(server)
		// A timeout counts as temporary, too, for code that repeats an Accept.
		_, err := serve(b, fault.FailAccept(os.ErrDeadlineExceeded)(ln)).Result("Serve returns when Accept fails, even by a timeout")
		b.ErrorIs("Serve returns the Accept error or wraps it", err, os.ErrDeadlineExceeded)
		serve(b, ln)
		client.Send("still there?\n")
		client.Expect("Serve left the listener open, and a second Serve accepts the client", "still there?\n")
	})
}

func TestServeConn_R14(t *testing.T) {
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

func TestServeConnFails_R15(t *testing.T) {
	peer.Run(t, "R15: ServeConn returns a Read or Write error with its count", func(b *peer.Bench) {
		client, conn := b.Pair(failWithBytes(6, errNetwork))
		count := serveConn(b, conn)
		client.Send("hello\n")
		client.Expect("ServeConn echoes bytes that Read returns together with an error", "hello\n")
		n, err := count.Result("ServeConn returns when Read fails")
		b.ErrorIs("Read failed, which is not the end of the stream", err, errNetwork)
		b.Equal("ServeConn returns the number of bytes it sent back", int64(6), n)
		_, err = io.WriteString(conn, "bye")
		b.NoError("ServeConn leaves the conn open even after an error of Read", err)

		client, conn = b.Pair(fault.FailWrite(5, errNetwork))
		count = serveConn(b, conn)
		client.Send("hello, world\n")
		client.Expect("ServeConn sends what Write takes before it fails", "hello")
		n, err = count.Result("ServeConn returns when Write fails")
		b.ErrorIs("Write failed, so ServeConn cannot send the echo", err, errNetwork)
		b.Equal("ServeConn counts the bytes it sent, not those it read", int64(5), n)
		b.NoError("ServeConn leaves the conn open even after an error of Write", conn.SetReadDeadline(time.Time{}))

		client, conn = b.Pair(failWithBytes(6, io.EOF), fault.FailWrite(5, errNetwork))
		count = serveConn(b, conn)
		client.Send("hello\n")
		n, err = count.Result("ServeConn returns when Write fails")
		b.ErrorIs("Write failed for bytes that came together with io.EOF", err, errNetwork)
		b.Equal("ServeConn counts the bytes it sent, not those it read", int64(5), n)

		client, conn = b.Pair()
		count = serveConn(b, conn)
		client.Send("hello\n")
		client.Expect("ServeConn echoes what the client sent", "hello\n")
		client.Reset()
		_, err = count.Result("ServeConn returns when the client resets the conn")
		b.Error("a reset is not the end of the stream", err)
	})
}

func TestRoundTripExact_R16(t *testing.T) {
	peer.Run(t, "R16: RoundTrip reads nothing beyond its reply and leaves the conn open", func(b *peer.Bench) {
		server, conn := b.Pair()
		msg := []byte("ping\n")
		reply := roundTripOf(b, conn, msg)
		server.Expect("RoundTrip sends the message", "ping\n")
		server.Send("pong\nbye\n")
		got, err := reply.Result("RoundTrip returns once the reply is complete")
		b.NoError("RoundTrip received the whole reply", err)
		b.Equal("RoundTrip leaves msg as it was", "ping\n", msg)
		b.Equal("RoundTrip returns as many bytes as it sent", "pong\n", got)
		reply = roundTrip(b, conn, "bye\n")
		server.Expect("RoundTrip leaves the conn open for a second message", "bye\n")
		got, err = reply.Result("RoundTrip did not read what followed the first reply")
		b.NoError("RoundTrip received the whole reply", err)
		b.Equal("the second reply starts where the first ended", "bye\n", got)
		server.Send("next\n")
		got, err = roundTrip(b, conn, "").Result("RoundTrip returns at once if the message is empty")
		b.NoError("an empty message has an empty reply", err)
		b.Equal("an empty message has an empty reply", "", got)
		next, err := readFrom(b, conn).Result("RoundTrip left the conn open")
		b.NoError("RoundTrip left the conn open", err)
		b.Equal("RoundTrip read nothing for an empty message", "next\n", next)

		server, conn = b.Pair()
		server.StopReading()
		reply = roundTrip(b, conn, allBytes(peer.Plenty))
		server.CloseWrite()
		reply.Result("RoundTrip returns when the stream ends, even if its Write is blocked") // R12 checks what it returns
		server.ResumeReading()
		_, err = writeTo(b, conn, "bye\n").Result("the caller writes on once the server reads again")
		b.NoError("RoundTrip leaves no write deadline on the conn", err)
		_, err = readFrom(b, conn).Result("Read returns at EOF")
		b.ErrorIs("RoundTrip leaves no read deadline on the conn", err, io.EOF)

		server, conn = b.Pair()
		reply = roundTrip(b, conn, "ping\n")
		server.Expect("RoundTrip sends the message", "ping\n")
		server.CloseWrite()
		reply.Result("RoundTrip returns when the stream ends") // R12 checks what it returns
		_, err = writeTo(b, conn, "bye\n").Result("the server still reads")
		b.NoError("RoundTrip leaves no write deadline, even if its Write was never blocked", err)
	})
}

func TestEmptyReads_R17(t *testing.T) {
	peer.Run(t, "R17: a Read of 0 bytes without an error is not EOF", func(b *peer.Bench) {
		client, conn := b.Pair(fault.EmptyReads)
		count := serveConn(b, conn)
		client.Send("hello, world\n")
		client.CloseWrite()
		client.Expect("ServeConn reads again after a Read of 0 bytes", "hello, world\n")
		n, err := count.Result("ServeConn returns at the client's FIN")
		b.NoError("EOF is the normal end of ServeConn", err)
		b.Equal("ServeConn returns the number of bytes it sent back", int64(13), n)

		client, conn = b.Pair(func(c net.Conn) net.Conn { return &mostlyEmpty{Conn: c} })
		count = serveConn(b, conn)
		client.Send("hello, world\n")
		client.CloseWrite()
		client.Expect("60 Reads of 0 bytes come before each other Read", "hello, world\n")
		_, err = count.Result("ServeConn returns at the client's FIN")
		b.NoError("60 Reads of 0 bytes in a row are fewer than 100", err)

		server, conn := b.Pair(fault.EmptyReads)
		reply := roundTrip(b, conn, "hello, world\n")
		server.Expect("RoundTrip sends the message", "hello, world\n")
		server.SendPieces("hell", "o, world\n")
		got, err := reply.Result("RoundTrip returns once the reply is complete")
		b.NoError("RoundTrip reads again after a Read of 0 bytes", err)
		b.Equal("RoundTrip returns the whole reply", "hello, world\n", got)
	})
}

func TestRoundTripUnsent_R18(t *testing.T) {
	peer.Run(t, "R18: RoundTrip returns an error if it cannot send the whole message", func(b *peer.Bench) {
		server, conn := b.Pair(fault.FailWrite(5, errNetwork))
		server.Send("hello, world\n") // a server that answers before it reads
		b.Note("Write fails after 5 bytes: " + errNetwork.Error())
		_, err := roundTrip(b, conn, "hello, world\n").Result("RoundTrip returns after a whole reply")
		b.ErrorIs("Write fails after 5 of 13 bytes, though the whole reply comes", err, errNetwork)

		server, conn = b.Pair(fault.FailWrite(5, errNetwork))
		var returned atomic.Bool
		reply := peer.Start(b, "RoundTrip", func() ([]byte, error) {
			defer returned.Store(true)
			return echo.RoundTrip(conn, []byte("hello, world\n"))
		})
		server.Expect("RoundTrip sends what Write takes before it fails", "hello")
		b.Until("RoundTrip returns, or waits for the reply", b.AtRest)
		if returned.Load() {
			b.Until("RoundTrip ends its reader goroutine before it returns", func() bool { return b.Goroutines() == 0 })
		}
		server.CloseWrite()
		_, err = reply.Result("RoundTrip returns when Write has failed and the stream ends")
		b.Error("Write fails after 5 of 13 bytes, and no reply comes", err)
	})
}
