package listen_test

import (
	"net"
	"os"
	"reflect"
	"slices"
	"syscall"
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
			client.ExpectEOF("ServeN also closes the conn of a failed handler")
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

		ln, server = b.Listener()
		ln = fault.EveryConn(fault.FailClose(errDown))(ln)
		b.Note("every Close of a conn closes it and returns an error: " + errDown.Error())
		again = peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greet) })
		b.Crowd(server, 2).Each(func(_ int, client *peer.Peer) {
			client.Expect("ServeN serves the next client, even if the Close of a conn fails", "hello\n")
		})
		n, err = again.Result("ServeN returns after the second client")
		b.NoError("ServeN ignores an error of Close: it served both clients", err)
		b.Equal("ServeN counts a client whose conn failed to close", 2, n)
	})
}

func TestAborted_R13(t *testing.T) {
	peer.Run(t, "R13: a client that gives up before Accept does not end ServeN", func(b *peer.Bench) {
		ln, server := b.Listener()
		errs := append([]error{fault.Aborted(), nil}, slices.Repeat([]error{fault.Aborted()}, 8)...)
		ln = proxied{fault.FailAccept(errs...)(ln)}
		b.Note("nine calls of Accept fail: ECONNABORTED")
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
		for _, accept := range []struct {
			name string
			err  error
		}{
			{"EMFILE", syscall.EMFILE},
			{"ENFILE", syscall.ENFILE},
			{"the listener's deadline", os.ErrDeadlineExceeded},
			{"ECONNRESET", errReset},
			{"EPROTO", syscall.EPROTO},
			{"EINTR", syscall.EINTR},
			{"ENETDOWN", syscall.ENETDOWN},
		} {
			failing := fault.FailAccept(accept.err)(ln)
			again := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(failing, 1, greet) })
			n, err = again.Result("ServeN does not retry after " + accept.name)
			b.ErrorIs("ECONNABORTED is the only Accept error to skip", err, accept.err)
			b.Equal("ServeN counts the clients it served", 0, n)
		}
		last := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
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
		one := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greetAndWait) })
		clients[0].Expect("ServeN serves the first client", "hello\n")
		b.Dial(asideServer).Expect("the ServeN of 3 serves its third client, even during another one's handler", "hello\n")
		n, err := three.Result("a ServeN on another listener does not change the count")
		b.NoError("ServeN served its three clients", err)
		b.Equal("each ServeN counts its own clients", 3, n)
		clients[0].Send("!")
		n, err = one.Result("ServeN of 1 returns, even if another client waits")
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

		ln, server = b.Listener()
		var given net.Conn
		last := peer.Start(b, "ServeN", func() (int, error) {
			return listen.ServeN(fault.EveryConn(linger)(ln), 1, func(c net.Conn) error {
				given = c
				return greetAndWait(c)
			})
		})
		fifth := b.Dial(server)
		fifth.Expect("ServeN serves the fifth client", "hello\n")
		last.ExpectPending("ServeN waits for Close, which waits for a byte")
		fifth.Send("!")
		last.Result("ServeN leaves the conn's deadline alone, so the handler's Read fails")
		b.Equal("the handler gets the conn that Accept returned", reflect.TypeFor[lingering](), reflect.TypeOf(given))

		deadline := ln.(interface{ SetDeadline(time.Time) error })
		b.NoError("the caller sets a deadline on its listener", deadline.SetDeadline(time.Now().Add(time.Hour)))
		none := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 0, greet) })
		none.Result("ServeN of 0 returns at once")
		late := peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 2, greet) })
		b.Dial(server).Expect("ServeN serves a client before the deadline", "hello\n")
		b.Advance(time.Hour)
		late.Result("ServeN leaves the listener's deadline alone, so Accept fails")
		late = peer.Start(b, "ServeN", func() (int, error) { return listen.ServeN(ln, 1, greet) })
		late.Result("ServeN leaves the deadline alone even after it has passed")
	}, peer.Virtual)
}
