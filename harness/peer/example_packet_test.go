package peer_test

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"socketkata/harness/peer"
)

// echoPackets answers every datagram with itself, until the conn is closed.
func echoPackets(pc net.PacketConn) error {
	p := make([]byte, 1<<16)
	for {
		n, from, err := pc.ReadFrom(p)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		pc.WriteTo(p[:n], from)
	}
}

// A test plays a client of the learner's datagram server. By default it runs on
// datagrams in memory and on UDP.
func ExampleBench_ServePacket() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R2: an empty datagram is echoed", func(b *peer.Bench) {
		client := b.DialPacket(b.ServePacket(echoPackets))
		client.Send("")
		client.Expect("an empty datagram is no end", "")
		client.ExpectNone("it is echoed once", "fence", "fence")
	})
}

// A test scripts what happens to single datagrams. Each peer counts its own from
// 1, and those that come to it.
func ExamplePacketPeer_FateSent() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R5: datagrams are answered in the order of arrival", func(b *peer.Bench) {
		client := b.DialPacket(b.ServePacket(echoPackets))
		client.FateSent(1, peer.Lost)
		client.FateSent(2, peer.Late)
		client.FateReceived(3, peer.Lost)
		client.Send("one")   // is lost
		client.Send("two")   // arrives after the third
		client.Send("three") // overtakes it
		client.Expect("it arrives first", "three")
		client.Expect("it arrives late", "two")
		client.Send("four")
		client.ExpectNone("the third answer is lost", "fence", "fence")
	})
}

// A test plays a TLS client of a server that takes any listener.
func ExamplePeer_Wrap() {
	var t *testing.T                // the parameter of the test function
	var config, trusting tls.Config // of the server and of a client that trusts it
	peer.Run(t, "R1: the echo works over TLS", func(b *peer.Bench) {
		server := b.Serve(echo, func(ln net.Listener) net.Listener { return tls.NewListener(ln, &config) })
		client := b.Dial(server)
		client.Wrap(func(c net.Conn) net.Conn { return tls.Client(c, &trusting) })
		client.SendPieces("pi", "ng\n")
		client.Expect("the drawing shows these bytes, not the records", "ping\n")
		client.CloseWrite() // close_notify, then FIN
		client.ExpectEOF("the server closes after the last byte")
	})
}

// A test dials what the learner's code opened itself.
func ExampleBench_ServerAt() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R1: the listener accepts", func(b *peer.Bench) {
		ln, err := net.Listen("tcp", "127.0.0.1:0") // the learner's Listen
		b.NoError("a free port is available", err)
		call := peer.Start(b, "echo", func() (any, error) { return nil, echo(ln) })
		client := b.Dial(b.ServerAt("tcp", ln.Addr().String()))
		client.Send("ping\n")
		client.Expect("the echo comes back", "ping\n")
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
		_, err = call.Result("the client has left")
		b.NoError("EOF is no error", err)
		ln.Close()
	}, peer.Loopback)
}
