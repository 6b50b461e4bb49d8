package listen_test

import (
	"os"
	"testing"
	"time"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

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
		ln = proxied{fault.FailAccept(fault.Aborted(), nil, fault.Aborted(), fault.Aborted())(ln)}
		b.Note("three calls of Accept fail: ECONNABORTED")
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
		reset := fault.FailAccept(errReset)(ln)
		last = peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(reset, 1, greet) })
		_, err = last.Result("ServeN does not retry after ECONNRESET")
		b.ErrorIs("ECONNABORTED is the only Accept error to skip", err, errReset)
		last = peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
		b.Dial(server).Expect("ServeN left the listener open after each error", "hello\n")
		_, err = last.Result("ServeN returns after its client")
		b.NoError("the listener works again", err)
	})
}

func TestNoMoreThanN_R15(t *testing.T) {
	peer.Run(t, "R15: ServeN accepts exactly n clients and leaves the listener open", func(b *peer.Bench) {
		aside, asideServer := b.Listener()
		three := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(aside, 3, greet) })
		b.Crowd(asideServer, 2).Each(func(_ int, client *peer.Peer) {
			client.Expect("a ServeN of 3 serves its first two clients", "hello\n")
		})
		three.ExpectPending("a ServeN of 3 waits for its third client")
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
		b.Dial(asideServer).Expect("the ServeN of 3 serves its third client", "hello\n")
		n, err = three.Result("a ServeN on another listener does not change the count")
		b.NoError("ServeN served its three clients", err)
		b.Equal("each ServeN counts its own clients", 3, n)
	})
}

func TestOneAfterTheOther_R16(t *testing.T) {
	peer.Run(t, "R16: ServeN serves one client after the other and changes no deadline", func(b *peer.Bench) {
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

		again := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greetAndWait) })
		third := b.Dial(server)
		third.Expect("ServeN serves the third client", "hello\n")
		b.Dial(server) // waits in the backlog
		again.ExpectPending("ServeN waits for the third client")
		server.Close()
		third.Send("!")
		n, _ = again.Result("ServeN returns: its listener was closed before the fourth client's turn")
		b.Equal("ServeN accepts a client only after the previous handler has returned", 1, n)

		ln, _ = b.Listener()
		deadline := ln.(interface{ SetDeadline(time.Time) error })
		b.NoError("the caller sets a deadline on its listener", deadline.SetDeadline(time.Unix(1, 0)))
		none := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 0, greet) })
		none.Result("ServeN of 0 returns at once")
		late := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
		late.Result("ServeN leaves the listener's deadline alone, so Accept fails")
	}, peer.Virtual)
}
