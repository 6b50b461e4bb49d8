package listen_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/fault"
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
		b.NoError("a client reaches the second listener too", err)
		defer other.Close()
	}, peer.Loopback)
}

func TestDefaultHost_R2(t *testing.T) {
	peer.Run(t, "R2: an empty host means 127.0.0.1, not every interface", func(b *peer.Bench) {
		ln, err := listen.Listen(":0")
		b.NoError("Listen accepts an address without a host", err)
		defer ln.Close()
		b.Equal("only this machine can reach the listener", netip.MustParseAddr("127.0.0.1"), hostOf(ln))
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
		second.ExpectEOF("ServeN closes the second conn too")
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
		b.Equal("a Write after the peer's RST is a reset too", about(err, "reset"), kindOf(b, err))
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
		b.ErrorIs("the first listener still has that port", err, errInUse)
	}, peer.Loopback)
}

func TestHostIsKept_R8(t *testing.T) {
	peer.Run(t, "R8: Listen keeps the given host and rejects another machine's address", func(b *peer.Bench) {
		needForeign(b, "198.51.100.7:0")
		needName(b, "localhost:0")
		ln, err := listen.Listen("localhost:0")
		b.NoError("Listen accepts a name as the host", err)
		defer ln.Close()
		b.Equal("localhost resolves to this machine's loopback address", true, hostOf(ln).IsLoopback())
		_, err = listen.Listen("198.51.100.7:0")
		b.ErrorIs("no interface of this machine has 198.51.100.7", err, errNotLocal)
	}, peer.Loopback)
}

func TestIPv6_R9(t *testing.T) {
	peer.Run(t, "R9: Listen accepts an IPv6 host in brackets", func(b *peer.Bench) {
		needIPv6(b)
		ln, err := listen.Listen("[::1]:0")
		b.NoError("Listen accepts [::1] on a machine with IPv6", err)
		defer ln.Close()
		b.Equal("the listener has the address that was asked for", netip.MustParseAddr("::1"), hostOf(ln))
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
		again, err := listen.Listen(ln.Addr().String())
		b.NoError("Listen opens the same port again at once", err)
		defer again.Close()
	}, peer.Loopback)
}

func TestHandlerFails_R12(t *testing.T) {
	peer.Run(t, "R12: a client whose handler fails still counts as served", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greetBadly) })
		clients := b.Crowd(server, 2)
		clients.Each(func(_ int, client *peer.Peer) {
			client.Expect("ServeN serves both clients, even if their handlers fail", "hello\n")
			client.ExpectEOF("ServeN closes the conn of a failed handler too")
		})
		n, err := serveN.Result("ServeN returns after the second client")
		b.NoError("ServeN does not return a handler's error", err)
		b.Equal("ServeN counts clients whose handlers failed", 2, n)

		ln, server = b.Listener()
		again := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greetAndClose) })
		b.Dial(server).Expect("ServeN serves a client whose handler closes the conn", "hello\n")
		n, err = again.Result("ServeN returns after the third client")
		b.NoError("ServeN ignores that the conn was already closed", err)
		b.Equal("ServeN counts a client whose handler closed the conn", 1, n)
	})
}

func TestAborted_R13(t *testing.T) {
	peer.Run(t, "R13: a client that gives up before Accept does not end ServeN", func(b *peer.Bench) {
		ln, server := b.Listener()
		ln = fault.FailAccept(fault.Aborted(), nil, fault.Aborted(), fault.Aborted())(ln)
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greet) })
		clients := b.Crowd(server, 2)
		clients.Each(func(_ int, client *peer.Peer) {
			client.Expect("ServeN serves the clients that did not give up", "hello\n")
			client.ExpectEOF("ServeN closes the conn of each client")
		})
		n, err := serveN.Result("ServeN returns after the second client")
		b.NoError("ECONNABORTED concerns only the client that gave up", err)
		b.Equal("ServeN counts the clients it served", 2, n)
	})
}

func TestAcceptFails_R14(t *testing.T) {
	peer.Run(t, "R14: any other Accept error ends ServeN, even a transient one", func(b *peer.Bench) {
		ln, server := b.Listener()
		down := fault.FailAccept(nil, errDown)(ln)
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(down, 2, greet) })
		b.Dial(server).Expect("ServeN serves the first client", "hello\n")
		n, err := serveN.Result("ServeN returns when its listener fails")
		b.ErrorIs("ServeN served only one client of two", err, errDown)
		b.Equal("ServeN counts the clients it served", 1, n)
		full := fault.FailAccept(fault.TooManyFiles())(ln)
		again := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(full, 1, greet) })
		n, err = again.Result("ServeN does not retry after EMFILE")
		b.Error("ServeN served no client, because no descriptor was free", err)
		b.Equal("ServeN counts the clients it served", 0, n)
		late := fault.FailAccept(os.ErrDeadlineExceeded)(ln)
		last := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(late, 1, greet) })
		_, err = last.Result("ServeN does not retry after the listener's deadline")
		b.ErrorIs("the listener's owner set the deadline to stop ServeN", err, os.ErrDeadlineExceeded)
	})
}

func TestNoMoreThanN_R15(t *testing.T) {
	peer.Run(t, "R15: ServeN accepts exactly n clients and leaves the listener open", func(b *peer.Bench) {
		ln, server := b.Listener()
		clients := b.Crowd(server, 2)
		one := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
		clients[0].Expect("ServeN serves the first client", "hello\n")
		n, err := one.Result("ServeN of 1 returns, even if another client waits")
		b.NoError("ServeN served the one client it was asked for", err)
		b.Equal("ServeN counts the clients it served", 1, n)
		none := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 0, greet) })
		n, err = none.Result("ServeN of 0 returns without waiting for a client")
		b.NoError("ServeN of 0 has nothing to fail at", err)
		b.Equal("ServeN of 0 counts no client", 0, n)
		next := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
		clients[1].Expect("the next ServeN serves the client from the backlog", "hello\n")
		n, err = next.Result("ServeN returns after the second client")
		b.NoError("ServeN served the one client it was asked for", err)
		b.Equal("ServeN counts from 0 again", 1, n)
	})
}

func TestOneAfterTheOther_R16(t *testing.T) {
	peer.Run(t, "R16: a client waits until the previous one is done", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greetAndWait) })
		b.Advance(time.Hour) // without a client
		first := b.Dial(server)
		first.Expect("ServeN serves the first client", "hello\n")
		second := b.Dial(server)
		b.Advance(time.Hour) // while the first client sends nothing
		second.ExpectQuiet("the second client waits, however long the first one takes")
		first.Send("!")
		second.Expect("ServeN serves the second client once the first is done", "hello\n")
		serveN.ExpectPending("ServeN waits for the last handler")
		second.Send("!")
		n, err := serveN.Result("ServeN returns when the last handler is done")
		b.NoError("ServeN served both clients", err)
		b.Equal("ServeN counts the clients it served", 2, n)
	}, peer.Virtual)
}
