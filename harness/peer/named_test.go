package peer

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/network"
	"socketkata/harness/subject"
)

// echoAll serves one client after the other.
func echoAll(ln net.Listener) error {
	return serveEach(ln, func(c net.Conn) { io.Copy(c, c) })
}

// TestNamedIsForOneServer checks that failures call a closure by the name that
// was given to it, and the next one not.
func TestNamedIsForOneServer(t *testing.T) {
	onBench(t, func(b *Bench) {
		closure := func(ln net.Listener) error { return echoAll(ln) }
		require.Equal(t, "Serve", b.Named("Serve").Serve(closure).call.Name)
		require.Equal(t, "it", b.Serve(closure).call.Name)
		packets := b.Named("Answer").ServePacket(func(pc net.PacketConn) error {
			_, _, err := pc.ReadFrom(nil)
			return err
		})
		require.Equal(t, "Answer", packets.call.Name)
	})
}

// TestNamedCanBeAtAnAddress checks that a server at an address takes the place of
// a closure whose name is given, and of no other.
func TestNamedCanBeAtAnAddress(t *testing.T) {
	ln, err := network.Loopback{}.Listen()
	require.NoError(t, err)
	go echoAll(ln)
	defer ln.Close()
	t.Setenv("KATA_ARENA", "address")
	t.Setenv("KATA_ADDRESS", ln.Addr().String())
	onAddress := func(t *testing.T, script func(b *Bench)) {
		b := newBench(t, Process, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
		defer b.tearDown()
		script(b)
	}
	onAddress(t, func(b *Bench) {
		client := b.Dial(b.Named("Serve").Serve(func(net.Listener) error { panic("it is not called") }))
		client.Send("ping\n")
		client.Expect("the server at the address answers", "ping\n")
	})
	skipped := false
	t.Run("unnamed", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		t.Log("left out: a skip is what this test is about, so the exam may remember it")
		onAddress(t, func(b *Bench) {
			b.Named("Serve").Serve(echoAll)
			b.Serve(echoAll)
		})
	})
	require.True(t, skipped, "it cannot be judged at an address")
}
