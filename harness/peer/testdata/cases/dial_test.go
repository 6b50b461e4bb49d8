package cases_test

import (
	"net"
	"testing"

	"socketkata/harness/peer"
	"socketkata/harness/peer/testdata/cases"
)

func TestRefused(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		server := b.Serve(func(ln net.Listener) error { return ln.Close() })
		b.NoError("it works", server.Result("it returns"))
		b.Dial(server)
	})
}

func TestNoAnswer(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		server := b.Serve(func(net.Listener) error { <-b.Context().Done(); return nil })
		for { // until the queue of the listener is full
			b.Dial(server)
		}
	}, peer.Memory)
}

func TestFullIsNotRefused(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		server := b.Serve(func(net.Listener) error { <-b.Context().Done(); return nil })
		b.Crowd(server, 4096)
		server.ExpectRefused("nobody listens any more")
	}, peer.Memory)
}

func TestStillListens(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Serve(cases.Each(cases.Drain)).ExpectRefused("nobody listens any more")
	})
}
