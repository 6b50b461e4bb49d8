package echo_test

import (
	"testing"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestAtOnce_R19(t *testing.T) {
	peer.Run(t, "R19: calls that run at once keep their bytes apart", func(b *peer.Bench) {
		hold := fault.NewHold()
		defer hold.Release()
		slow, conn := b.Pair(hold.Conn)
		serveConn(b, conn)
		quick, conn := b.Pair()
		serveConn(b, conn)
		slow.Send("I am slow\n")
		b.Until("ServeConn sends back what it has read", hold.Holds)
		quick.Send("quick one\n")
		quick.Expect("a client gets its echo while another call waits in Write", "quick one\n")
		hold.Release()
		slow.Expect("each client gets its own bytes", "I am slow\n")

		server, conn := b.Pair()
		first := roundTrip(b, conn, "hello, world\n")
		server.Expect("RoundTrip sends the message", "hello, world\n")
		server.SendPieces("hello, ", "wo")
		other, conn := b.Pair()
		second := roundTrip(b, conn, "good-bye, sea\n")
		other.Expect("RoundTrip sends its message while another call waits in Read", "good-bye, sea\n")
		other.Send("good-bye, sea\n")
		expectReply(b, "each call returns its own reply", second, "good-bye, sea\n")
		server.Send("rld\n")
		expectReply(b, "each call returns its own reply", first, "hello, world\n")
	})
}
