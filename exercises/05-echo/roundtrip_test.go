package echo_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

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
