package listen_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestPort(t *testing.T) {
	peer.Run(t, "R1: each listener on port 0 has a port of its own, which clients reach", func(b *peer.Bench) {
		one, err := listen.Listen("127.0.0.1:0")
		b.NoError("port 0 asks for any free port", err)
		defer one.Close()
		two, err := listen.Listen("127.0.0.1:0")
		b.NoError("a second listener gets another free port", err)
		defer two.Close()
		client, err := net.Dial("tcp", one.Addr().String())
		b.NoError("a client reaches the address that Addr tells", err)
		defer client.Close()
		other, err := net.Dial("tcp", two.Addr().String())
		b.NoError("a client reaches the second listener too", err)
		defer other.Close()
	}, peer.Loopback)
}

func TestDefaultHost(t *testing.T) {
	peer.Run(t, "R2: an empty host means 127.0.0.1, not every interface", func(b *peer.Bench) {
		ln, err := listen.Listen(":0")
		b.NoError("the host may be left out", err)
		defer ln.Close()
		b.Equal("the listener is for this machine alone", netip.MustParseAddr("127.0.0.1"), hostOf(ln))
	}, peer.Loopback)
}

func TestServeN(t *testing.T) {
	peer.Run(t, "R3: ServeN serves n clients one after the other and closes their conns", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greet) })
		first := b.Dial(server)
		first.Expect("h is called with the first client's conn", "hello\n")
		first.ExpectEOF("the conn is closed before the next client comes")
		second := b.Dial(server)
		second.Expect("h is called with the second client's conn", "hello\n")
		second.ExpectEOF("the second conn is closed too")
		n, err := serveN.Result("ServeN returns after the second client")
		b.NoError("both clients were served", err)
		b.Equal("ServeN counts the clients it served", 2, n)
	})
}

func TestClosed(t *testing.T) {
	peer.Run(t, "R4: ServeN returns the count so far and net.ErrClosed once its listener is closed", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 3, greet) })
		b.Dial(server).Expect("the first client is served", "hello\n")
		server.Close()
		n, err := serveN.Result("ServeN returns when its listener is closed")
		b.ErrorIs("one client of three is not what was asked for", err, net.ErrClosed)
		b.Equal("ServeN counts the clients it served", 1, n)
	})
}

func TestConversation(t *testing.T) {
	peer.Run(t, "R5: Kind tells apart how a conversation ends", func(b *peer.Bench) {
		server, conn := b.Pair()
		_, err := io.WriteString(conn, "ping\n")
		b.Equal("where nothing went wrong there is no kind", about(err, ""), kindOf(b, err))
		server.Send("half a l")
		server.CloseWrite()
		_, err = io.ReadFull(conn, make([]byte, len("half a line\n")))
		b.Equal("a message that breaks off is truncated", about(err, "truncated"), kindOf(b, err))
		_, err = conn.Read(make([]byte, 1))
		b.Equal("the end of the stream is eof", about(err, "eof"), kindOf(b, err))
		conn.Close()
		_, err = conn.Read(make([]byte, 1))
		b.Equal("a conn that this side closed is closed", about(err, "closed"), kindOf(b, err))
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

func TestDialAndListen(t *testing.T) {
	peer.Run(t, "R6: Kind tells apart why a dial or a listen failed", func(b *peer.Bench) {
		server := b.Listen()
		_, err := net.Listen("tcp", server.Addr())
		b.Equal("a port that is taken is in-use", about(err, "in-use"), kindOf(b, err))
		_, conn := b.Pair() // a client's own port is taken, and nobody listens there
		_, err = net.Dial("tcp", conn.RemoteAddr().String())
		b.Equal("a dial to where nobody listens is refused", about(err, "refused"), kindOf(b, err))
		ctx, cancel := context.WithCancel(b.Context())
		cancel()
		_, err = new(net.Dialer).DialContext(ctx, "tcp", server.Addr())
		b.Equal("a dial that was called off is canceled", about(err, "canceled"), kindOf(b, err))
		err = failed("listen", "bind", errNotLocal)
		b.Equal("an address of another machine is not-local", about(err, "not-local"), kindOf(b, err))
		err = failed("listen", "bind", errDenied)
		b.Equal("a port for privileged users is denied", about(err, "denied"), kindOf(b, err))
		err = failed("dial", "connect", errNoRoute)
		b.Equal("a host out of reach has refused nothing: it is other", about(err, "other"), kindOf(b, err))
	}, peer.Loopback)
}

func TestTaken(t *testing.T) {
	peer.Run(t, "R7: Listen reports a port that is taken", func(b *peer.Bench) {
		ln, err := listen.Listen("127.0.0.1:0")
		b.NoError("port 0 asks for any free port", err)
		defer ln.Close()
		_, err = listen.Listen(ln.Addr().String())
		b.ErrorIs("the first listener still has that port", err, errInUse)
	}, peer.Loopback)
}

func TestHostIsKept(t *testing.T) {
	peer.Run(t, "R8: Listen keeps the host it is given and reports one of another machine", func(b *peer.Bench) {
		needForeign(b, "198.51.100.7:0")
		needName(b, "localhost:0")
		ln, err := listen.Listen("localhost:0")
		b.NoError("a host may be a name", err)
		defer ln.Close()
		b.Equal("the name means this machine", true, hostOf(ln).IsLoopback())
		_, err = listen.Listen("198.51.100.7:0")
		b.ErrorIs("no interface of this machine has 198.51.100.7", err, errNotLocal)
	}, peer.Loopback)
}

func TestIPv6(t *testing.T) {
	peer.Run(t, "R9: Listen takes an IPv6 host in brackets", func(b *peer.Bench) {
		needIPv6(b)
		ln, err := listen.Listen("[::1]:0")
		b.NoError("this machine has IPv6 on loopback", err)
		defer ln.Close()
		b.Equal("the listener has the address it was asked for", netip.MustParseAddr("::1"), hostOf(ln))
	}, peer.Loopback)
}

func TestNoPort(t *testing.T) {
	peer.Run(t, "R10: Listen refuses an address without a port, even an empty one", func(b *peer.Bench) {
		ln, err := listen.Listen("127.0.0.1:0")
		b.NoError("a whole address is fine", err)
		defer ln.Close()
		_, err = listen.Listen("127.0.0.1")
		b.Error(`"127.0.0.1" names no port`, err)
		_, err = listen.Listen("[::1]")
		b.Error(`"[::1]" names no port`, err)
		_, err = listen.Listen("")
		b.Error(`"" names neither a host nor a port`, err)
	}, peer.Loopback)
}

func TestRebind(t *testing.T) {
	peer.Run(t, "R11: a closed listener's port is free at once, though its old conns linger", func(b *peer.Bench) {
		ln, err := listen.Listen("127.0.0.1:0")
		b.NoError("port 0 asks for any free port", err)
		defer ln.Close()
		client, err := net.Dial("tcp", ln.Addr().String())
		b.NoError("a client reaches the listener", err)
		defer client.Close()
		conn, err := ln.Accept()
		b.NoError("the client is accepted", err)
		conn.Close() // the side that closes first keeps the conn in TIME_WAIT
		_, err = client.Read(make([]byte, 1))
		b.ErrorIs("the server closes first", err, io.EOF)
		client.Close()
		b.NoError("the listener closes", ln.Close())
		again, err := listen.Listen(ln.Addr().String())
		b.NoError("a server that restarts gets its port back", err)
		defer again.Close()
	}, peer.Loopback)
}

func TestHandlerFails(t *testing.T) {
	peer.Run(t, "R12: a client whose handler fails counts as served", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greetBadly) })
		clients := b.Crowd(server, 2)
		clients.Each(func(_ int, client *peer.Peer) {
			client.Expect("a failing handler ends its own conversation only", "hello\n")
			client.ExpectEOF("the conn is closed when its handler failed, too")
		})
		n, err := serveN.Result("ServeN returns after the second client")
		b.NoError("a handler's error is not ServeN's", err)
		b.Equal("clients whose handlers failed are counted", 2, n)

		ln, server = b.Listener()
		again := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greetAndClose) })
		b.Dial(server).Expect("a handler may close the conn itself", "hello\n")
		n, err = again.Result("ServeN returns after the third client")
		b.NoError("a conn that its handler has closed is no failure of Accept", err)
		b.Equal("a client whose handler closed the conn is counted", 1, n)
	})
}

func TestAborted(t *testing.T) {
	peer.Run(t, "R13: a client that gives up before it is accepted ends nothing", func(b *peer.Bench) {
		ln, server := b.Listener()
		ln = fault.FailAccept(fault.Aborted(), nil, fault.Aborted(), fault.Aborted())(ln)
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greet) })
		clients := b.Crowd(server, 2)
		clients.Each(func(_ int, client *peer.Peer) {
			client.Expect("the clients that stayed are served", "hello\n")
			client.ExpectEOF("their conns are closed")
		})
		n, err := serveN.Result("ServeN returns after the second client")
		b.NoError("ECONNABORTED concerns one client that is gone", err)
		b.Equal("ServeN counts the clients it served", 2, n)
	})
}

func TestAcceptFails(t *testing.T) {
	peer.Run(t, "R14: any other error of Accept ends ServeN, even one that may pass", func(b *peer.Bench) {
		ln, server := b.Listener()
		down := fault.FailAccept(nil, errDown)(ln)
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(down, 2, greet) })
		b.Dial(server).Expect("the first client is served", "hello\n")
		n, err := serveN.Result("ServeN returns when the listener has failed")
		b.ErrorIs("one client of two is not what was asked for", err, errDown)
		b.Equal("ServeN counts the clients it served", 1, n)
		full := fault.FailAccept(fault.TooManyFiles())(ln)
		again := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(full, 1, greet) })
		n, err = again.Result("ServeN does not try again after EMFILE")
		b.Error("no client was served: the process has no descriptor left", err)
		b.Equal("ServeN counts the clients it served", 0, n)
		late := fault.FailAccept(os.ErrDeadlineExceeded)(ln)
		last := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(late, 1, greet) })
		_, err = last.Result("ServeN does not try again when the listener's deadline has passed")
		b.ErrorIs("who set the deadline wants to hear of it", err, os.ErrDeadlineExceeded)
	})
}

func TestNoMoreThanN(t *testing.T) {
	peer.Run(t, "R15: ServeN takes not one client too many and leaves the listener open", func(b *peer.Bench) {
		ln, server := b.Listener()
		clients := b.Crowd(server, 2)
		one := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
		clients[0].Expect("the first client is served", "hello\n")
		n, err := one.Result("ServeN returns though another client waits")
		b.NoError("one client was asked for", err)
		b.Equal("ServeN counts the clients it served", 1, n)
		none := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 0, greet) })
		n, err = none.Result("ServeN of 0 clients waits for nobody")
		b.NoError("no client was asked for", err)
		b.Equal("ServeN of 0 clients serves nobody", 0, n)
		next := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
		clients[1].Expect("the second client waited in the open listener's queue", "hello\n")
		n, err = next.Result("ServeN returns after the second client")
		b.NoError("one client was asked for", err)
		b.Equal("ServeN counts from 0 again", 1, n)
	})
}

func TestOneAfterTheOther(t *testing.T) {
	peer.Run(t, "R16: a client waits until the one before it is done", func(b *peer.Bench) {
		ln, server := b.Listener()
		serveN := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greetAndWait) })
		b.Advance(time.Hour) // in which nobody comes
		first := b.Dial(server)
		first.Expect("the first client is being served", "hello\n")
		second := b.Dial(server)
		b.Advance(time.Hour) // in which it says nothing
		second.ExpectQuiet("the second client waits for its turn, however long it takes")
		first.Send("!")
		second.Expect("the second client is served when the first is done", "hello\n")
		serveN.ExpectPending("ServeN waits for the last handler")
		second.Send("!")
		n, err := serveN.Result("ServeN returns when the last handler is done")
		b.NoError("both clients were served", err)
		b.Equal("ServeN counts the clients it served", 2, n)
	}, peer.Virtual)
}
