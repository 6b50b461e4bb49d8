package listen_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/peer"
)

func TestPort_R1(t *testing.T) {
	peer.Run(t, "R1: two listeners on port 0 get different ports that clients can reach", func(b *peer.Bench) {
		one, err := listen.Listen("127.0.0.1:0")
		b.NoError("Listen opens a free port for port 0", err)
		defer one.Close()
		two, err := listen.Listen("127.0.0.1:0")
		b.NoError("Listen opens another free port for a second listener", err)
		defer two.Close()
		client, err := net.Dial("tcp", one.Addr().String())
		b.NoError("a client reaches the address that Addr returns", err)
		defer client.Close()
		other, err := net.Dial("tcp", two.Addr().String())
		b.NoError("a client reaches the second listener as well", err)
		defer other.Close()
	}, peer.Loopback)
}

func TestDefaultHost_R2(t *testing.T) {
	peer.Run(t, "R2: an empty host means 127.0.0.1, not every interface", func(b *peer.Bench) {
		ln, err := listen.Listen(":0")
		b.NoError("Listen accepts an address without a host", err)
		defer ln.Close()
		expectHost(b, "only this machine can reach the listener", ":0", ln, "a listener at 127.0.0.1", is("127.0.0.1"))
		_, port, _ := net.SplitHostPort(addrInTimeWait(b))
		ln, err = listen.Listen(":" + port)
		b.NoError("Listen accepts an address that is only a port", err)
		defer ln.Close()
		expectHost(b, "a given port opens no other interface", ":"+port, ln, "a listener at 127.0.0.1", is("127.0.0.1"))
	}, peer.Loopback)
}

func TestServeN_R3(t *testing.T) {
	peer.Run(t, "R3: ServeN serves n clients one at a time and closes their conns", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greet) })
		first := b.Dial(server)
		first.Expect("ServeN calls h with the first client's conn", "hello\n")
		first.ExpectEOF("ServeN closes the conn before the next client dials")
		second := b.Dial(server)
		second.Expect("ServeN calls h with the second client's conn", "hello\n")
		second.ExpectEOF("ServeN closes the second conn as well")
		n, err := serveN.Result("ServeN returns after the second client")
		b.NoError("ServeN served both clients", err)
		b.Equal("ServeN counts the clients it served", 2, n)
	})
}

func TestClosed_R4(t *testing.T) {
	peer.Run(t, "R4: ServeN returns its count and net.ErrClosed when its listener is closed", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 3, greet) })
		b.Dial(server).Expect("ServeN serves the first client", "hello\n")
		server.Close()
		n, err := serveN.Result("ServeN returns when its listener is closed")
		b.ErrorIs("ServeN served only one client of three", err, net.ErrClosed)
		b.Equal("ServeN counts the clients it served", 1, n)
	})
}

func TestConversation_R5(t *testing.T) {
	peer.Run(t, "R5: Kind classifies the ways a conversation ends", func(b *peer.Bench) {
		server, conn := b.Pair()
		_, err := io.WriteString(conn, "ping\n")
		b.Equal("where nothing went wrong, Kind returns the empty string", about(err, ""), kindOf(b, err))
		server.Send("half a l")
		server.CloseWrite()
		_, err = io.ReadFull(conn, make([]byte, len("half a line\n")))
		b.Equal("a message that ends early is truncated", about(err, "truncated"), kindOf(b, err))
		_, err = conn.Read(make([]byte, 1))
		b.Equal("the end of the stream is eof", about(err, "eof"), kindOf(b, err))
		conn.Close()
		_, err = conn.Read(make([]byte, 1))
		b.Equal("a Read after this side's Close is closed", about(err, "closed"), kindOf(b, err))
		_, idle := b.Pair()
		idle.SetReadDeadline(time.Unix(1, 0))
		_, err = idle.Read(make([]byte, 1))
		b.Equal("a Read past its deadline is a timeout", about(err, "timeout"), kindOf(b, err))
		rude, cut := b.Pair()
		rude.Reset()
		_, err = cut.Read(make([]byte, 1))
		b.Equal("a Read after the peer's RST is a reset", about(err, "reset"), kindOf(b, err))
		_, err = cut.Write([]byte("hello?\n"))
		b.Equal("a Write after the peer's RST is also a reset", about(err, "reset"), kindOf(b, err))
	})
}

func TestDialAndListen_R6(t *testing.T) {
	peer.Run(t, "R6: Kind classifies the ways a dial or a listen fails", func(b *peer.Bench) {
		server := b.Listen()
		_, err := net.Listen("tcp", server.Addr())
		b.Equal("a port that is taken is in-use", about(err, "in-use"), kindOf(b, err))
		_, conn := b.Pair() // a client's local port is in use, but nothing listens there
		_, err = net.Dial("tcp", conn.RemoteAddr().String())
		b.Equal("a dial to a port without a listener is refused", about(err, "refused"), kindOf(b, err))
		ctx, cancel := context.WithCancel(b.Context())
		cancel()
		_, err = new(net.Dialer).DialContext(ctx, "tcp", server.Addr())
		b.Equal("a dial with a canceled context is canceled", about(err, "canceled"), kindOf(b, err))
		err = failed("listen", "bind", errNotLocal)
		b.Equal("an address of another machine is not-local", about(err, "not-local"), kindOf(b, err))
		err = failed("listen", "bind", errDenied)
		b.Equal("a port for privileged users is denied", about(err, "denied"), kindOf(b, err))
		err = failed("dial", "connect", syscall.EPERM)
		b.Equal("EPERM, a firewall's error, is other", about(err, "other"), kindOf(b, err))
		err = failed("dial", "connect", errNoRoute)
		b.Equal("an unreachable host is other, because it refused nothing", about(err, "other"), kindOf(b, err))
	}, peer.Loopback)
}

func TestTaken_R7(t *testing.T) {
	peer.Run(t, "R7: Listen returns an error if the port is taken", func(b *peer.Bench) {
		ln, err := listen.Listen("127.0.0.1:0")
		b.NoError("Listen opens a free port for port 0", err)
		defer ln.Close()
		_, err = listen.Listen(ln.Addr().String())
		b.ErrorIs("Listen fails: the first listener still has that port", err, errInUse)
	}, peer.Loopback)
}

func TestHostIsKept_R8(t *testing.T) {
	peer.Run(t, "R8: Listen keeps the given host and rejects another machine's address", func(b *peer.Bench) {
		needForeign(b, "198.51.100.7:0")
		needName(b, "localhost:0")
		ln, err := listen.Listen("localhost:0")
		b.NoError("Listen accepts a name as the host", err)
		defer ln.Close()
		expectHost(b, "localhost resolves to this machine's loopback address", "localhost:0", ln, "a listener at a loopback address", netip.Addr.IsLoopback)
		everyInterface(b, "0.0.0.0:0")
		_, err = listen.Listen("198.51.100.7:0")
		b.ErrorIs("Listen fails: no interface of this machine has 198.51.100.7", err, errNotLocal)
	}, peer.Loopback)
}

func TestIPv6_R9(t *testing.T) {
	peer.Run(t, "R9: Listen accepts an IPv6 host in brackets", func(b *peer.Bench) {
		needIPv6(b)
		ln, err := listen.Listen("[::1]:0")
		b.NoError("Listen accepts [::1] on a machine with IPv6", err)
		defer ln.Close()
		expectHost(b, "the listener has the address that was asked for", "[::1]:0", ln, "a listener at ::1", is("::1"))
		everyInterface(b, "[::]:0")
		ln, err = listen.Listen("[]:0")
		b.NoError("Listen accepts brackets without a host in them", err)
		defer ln.Close()
		expectHost(b, "an empty host means 127.0.0.1, in brackets too", "[]:0", ln, "a listener at 127.0.0.1", is("127.0.0.1"))
	}, peer.Loopback)
}

func TestNoPort_R10(t *testing.T) {
	peer.Run(t, "R10: Listen rejects an address without a port, even the empty address", func(b *peer.Bench) {
		ln, err := listen.Listen("127.0.0.1:0")
		b.NoError("Listen accepts an address with host and port", err)
		defer ln.Close()
		_, err = listen.Listen("127.0.0.1")
		b.Error(`Listen rejects "127.0.0.1", which has no port`, err)
		_, err = listen.Listen("[::1]")
		b.Error(`Listen rejects "[::1]", which has no port`, err)
		_, err = listen.Listen("")
		b.Error(`Listen rejects "", which has no port`, err)
	}, peer.Loopback)
}

func TestRebind_R11(t *testing.T) {
	peer.Run(t, "R11: a closed listener's port can be reused at once, despite TIME_WAIT", func(b *peer.Bench) {
		again, err := listen.Listen(addrInTimeWait(b))
		b.NoError("Listen opens the same port again at once", err)
		defer again.Close()
	}, peer.Loopback)
}

// addrInTimeWait returns the address of a listener that is closed, while a conn in
// TIME_WAIT keeps its port from other programs.
func addrInTimeWait(b *peer.Bench) string {
	b.Helper()
	ln, err := listen.Listen("127.0.0.1:0")
	b.NoError("Listen opens a free port for port 0", err)
	defer ln.Close()
	client, err := net.Dial("tcp", ln.Addr().String())
	b.NoError("a client reaches the listener", err)
	defer client.Close()
	conn, err := ln.Accept()
	b.NoError("the listener accepts the client", err)
	conn.Close() // the side that closes first keeps the conn in TIME_WAIT
	_, err = client.Read(make([]byte, 1))
	b.ErrorIs("the server closes first", err, io.EOF)
	client.Close()
	b.NoError("the bench closes the listener", ln.Close())
	return ln.Addr().String()
}

// everyInterface checks that Listen keeps a host that means every interface.
// It does so on Linux only: elsewhere a firewall would ask the learner for permission.
func everyInterface(b *peer.Bench, addr string) {
	b.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	ln, err := listen.Listen(addr)
	b.NoError("Listen accepts "+addr, err)
	defer ln.Close()
	expectHost(b, "the caller asked for every interface", addr, ln, "a listener at every interface (0.0.0.0 or ::)", netip.Addr.IsUnspecified)
}
