package echo_test

import (
	"io"
	"net"
	"os"
	"strings"
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
		if server.AtAddress() {
			return
		}
		for _, failing := range []struct {
			reason string
			conn   func(net.Conn) net.Conn
		}{
			{"Serve goes on if a conn's Read returns net.ErrClosed", fault.FailRead(6, net.ErrClosed)},
			{"Serve goes on if a conn's Write returns net.ErrClosed", fault.FailWrite(5, net.ErrClosed)},
			{"Serve goes on if a conn's Close returns an error", fault.FailClose(errNetwork)},
		} {
			server := b.Serve(echo.Serve, fault.EveryConn(failing.conn))
			for range 2 {
				client := b.Dial(server)
				client.Send("hello\n")
				client.Expect(failing.reason, "hello")
				client.Close()
			}
		}
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
		early := got

		server, conn = b.Pair()
		reply = roundTrip(b, conn, "anybody?\n")
		server.Expect("RoundTrip sends the message", "anybody?\n")
		server.CloseWrite()
		_, err = reply.Result("RoundTrip returns when the server's stream ends")
		b.ErrorIs("0 of 9 bytes are not a whole reply", err, io.ErrUnexpectedEOF)

		server, conn = b.Pair(failWithBytes(13, io.EOF))
		reply = roundTrip(b, conn, "world, hello\n")
		server.Expect("RoundTrip sends the message", "world, hello\n")
		server.Send("world, hello\n")
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

		server, conn = b.Pair(failWithBytes(5, errNetwork))
		server.StopReading()
		reply = roundTrip(b, conn, allBytes(peer.Plenty))
		server.Send("go away\n")
		b.Note("Read fails after 5 bytes: " + errNetwork.Error())
		got, err = reply.Result("RoundTrip returns when a Read fails, even if its Write is blocked")
		b.ErrorIs("RoundTrip reports the error of Read, not the Write it canceled", err, errNetwork)
		b.Equal("RoundTrip returns the bytes so far, even if its Write was blocked", "go aw", got)
		b.Equal("a later call does not change what an earlier one returned with its error", "hello", early)
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
