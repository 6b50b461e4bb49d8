package cases_test

import (
	"net"
	"testing"

	"socketkata/harness/memnet"
	"socketkata/harness/network"
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

// full returns a server in memory whose queue is full. It is filled without a
// peer for each conn: each look at thousands of goroutines takes seconds on a
// busy machine.
func full(b *peer.Bench) *peer.Server {
	ln, server := b.Listener()
	for queue := ln.(*network.TrackedListener).Listener.(*memnet.Listener); ; {
		if _, err := queue.Dial(); err != nil {
			return server
		}
	}
}

func TestNoAnswer(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.Dial(full(b)) }, peer.Memory)
}

func TestFullIsNotRefused(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { full(b).ExpectRefused("nobody listens any more") }, peer.Memory)
}

func TestStillListens(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Serve(cases.Each(cases.Drain)).ExpectRefused("nobody listens any more")
	})
}
