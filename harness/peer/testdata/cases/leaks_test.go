package cases_test

import (
	"net"
	"testing"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
	"socketkata/harness/peer/testdata/cases"
)

func TestLeakedConn(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Dial(b.Serve(cases.Forget)).Expect("it is served", "hello")
	})
}

func TestLeakedDescriptor(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		host := b.Listen()
		_, err := peer.Start(b, "ForgetDialed", func() (net.Conn, error) { return cases.ForgetDialed(host.Addr()) }).Result("it returns")
		b.NoError("it works", err)
		host.Accept("it dials").Close()
	}, peer.Loopback)
}

func TestLeakedDescriptorAtStep(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		host := b.Listen()
		expectNoMore := b.CountDescriptors()
		expectNoMore("no descriptor was opened")
		peer.Start(b, "ForgetDialed", func() (net.Conn, error) { return cases.ForgetDialed(host.Addr()) }).Result("it returns")
		expectNoMore("every descriptor is closed at this step")
	}, peer.Loopback)
}

func leaks(b *peer.Bench) { peer.Start(b, "LeaveGoroutine", cases.LeaveGoroutine).Result("it returns") }

func TestLeakedGoroutine(t *testing.T)        { peer.Run(t, "R1: it fails", leaks) }
func TestLeakedGoroutineVirtual(t *testing.T) { peer.Run(t, "R1: it fails", leaks, peer.Virtual) }

func TestKeptConns(t *testing.T) {
	peer.Run(t, "R1: it fails", closes30(cases.Keep()))
}

func TestRightForgottenConns(t *testing.T) {
	peer.Run(t, "R1: it passes", closes30(cases.Each(func(c net.Conn) { c.Close() })))
}

// closes30 is a script in which a server closes 30 conns and must then forget
// them.
func closes30(serve func(net.Listener) error) func(*peer.Bench) {
	return func(b *peer.Bench) {
		conns := b.Census()
		server := b.Serve(serve, fault.EveryConn(conns.Conn))
		for range 30 {
			b.Dial(server).ExpectEOF("the server closes")
		}
		conns.ExpectAtMost("closed conns are forgotten", 10)
	}
}
