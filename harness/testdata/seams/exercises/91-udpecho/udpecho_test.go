package udpecho_test

import (
	"context"
	"net"
	"testing"

	udpecho "socketkata/exercises/91-udpecho"
	"socketkata/harness/peer"
)

func TestEcho(t *testing.T) {
	peer.Run(t, "R1: every datagram comes back to its sender, one without bytes too", func(b *peer.Bench) {
		server := serve(b, b.Context())
		one, two := b.DialPacket(server), b.DialPacket(server)
		one.Send("one")
		two.Send("")
		one.Expect("Serve answers the first client", "one")
		two.Expect("Serve answers a datagram without bytes", "")
		one.ExpectNone("nobody gets the other's bytes", "end", "end")
	})
}

func TestFates(t *testing.T) {
	peer.Run(t, "R2: a datagram that is lost, doubled or late changes no other answer", func(b *peer.Bench) {
		client := b.DialPacket(serve(b, b.Context()))
		client.FateSent(1, peer.Lost)
		client.FateSent(2, peer.Twice)
		client.FateSent(3, peer.Late)
		client.FateReceived(5, peer.Lost)
		client.Send("lost")
		client.ExpectNone("Serve cannot answer what it did not get", "fence", "fence")
		client.Send("twice")
		client.Expect("Serve answers the first of two equal datagrams", "twice")
		client.Expect("two equal datagrams are two messages", "twice")
		client.Send("late")
		client.Send("overtakes")
		client.Expect("Serve answers what came first", "overtakes")
		client.Expect("Serve answers what came late", "late")
		client.Send("unanswered")
		client.ExpectNone("an answer that was lost is not sent again", "fence", "fence")
	})
}

func TestEnd(t *testing.T) {
	peer.Run(t, "R3: Serve returns nil once ctx is done", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		server := serve(b, ctx)
		client := b.DialPacket(server)
		client.Send("ping")
		client.Expect("Serve answers before the end", "ping")
		cancel()
		b.NoError("the end of ctx is a normal end", server.Result("Serve returns although no datagram comes"))
	})
}

// serve starts Serve with a context.
func serve(b *peer.Bench, ctx context.Context) *peer.Server {
	return b.Named("Serve").ServePacket(func(pc net.PacketConn) error { return udpecho.Serve(ctx, pc) })
}
