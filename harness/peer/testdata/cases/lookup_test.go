package cases_test

import (
	"context"
	"net"
	"testing"

	"socketkata/harness/peer"
)

// These two pass: a subject may look up ports and addresses in every bubble.

func TestRightLookupPort(t *testing.T) {
	for range 2 {
		peer.Run(t, "R1: the port of https is 443", func(b *peer.Bench) {
			port, err := peer.Start(b, "LookupPort", func() (int, error) {
				return net.LookupPort("tcp", "https")
			}).Result("LookupPort returns")
			b.NoError("every system knows https", err)
			b.Equal("the port of https", 443, port)
		}, peer.Virtual)
	}
}

func TestRightLookupAddress(t *testing.T) {
	for range 2 {
		peer.Run(t, "R1: the name server cannot be reached", func(b *peer.Bench) {
			r := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }}
			_, err := peer.Start(b, "LookupHost", func() ([]string, error) {
				return r.LookupHost(b.Context(), "timetable.example")
			}).Result("LookupHost returns")
			b.Error("the name server cannot be reached", err)
		}, peer.Virtual)
	}
}
