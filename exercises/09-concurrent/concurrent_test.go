package concurrent_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/peer"
)

func TestOneClient(t *testing.T) {
	peer.Run(t, "R1: a client is served, and its conn is closed once the handler has returned", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		client := b.Dial(b.Serve(srv.Serve))
		client.Send("hello\n")
		client.Expect("the handler answers", "hello\n")
		client.Send("bye\n")
		client.ExpectEOF("the handler has returned, and the server hangs up")
	})
}

func TestSilentClient(t *testing.T) {
	peer.Run(t, "R2: a second client is served while the first is silent", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first client is served", "hello\n")
		second := b.Dial(server)
		second.Send("me too\n")
		second.Expect("nobody waits for the silent one", "me too\n")
		first.Send("still here\n")
		first.Expect("the first client is still served", "still here\n")
	})
}

func TestManyClients(t *testing.T) {
	peer.Run(t, "R3: 200 clients are served at one instant, each over its own conn", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		ln, server := b.Listener()
		clients := b.Crowd(server, 100) // all in the queue when Serve begins
		peer.Start(b, "Server.Serve", func() (any, error) { return nil, srv.Serve(ln) })
		clients = append(clients, b.Crowd(server, 100)...)
		clients.Each(func(i int, client *peer.Peer) { client.Send(fmt.Sprintf("client %d\n", i)) })
		clients.Each(func(i int, client *peer.Peer) {
			client.Expect("each client gets what it sent, none has hung up yet", fmt.Sprintf("client %d\n", i))
		})
		b.Equal("Active counts the running handlers", 200, srv.Active())
		clients.Each(func(i int, client *peer.Peer) { client.Send(fmt.Sprintf("%d again\n", i)) })
		clients.Each(func(i int, client *peer.Peer) {
			client.Expect("every handler still has its own conn", fmt.Sprintf("%d again\n", i))
		})
	})
}

func TestPanic(t *testing.T) {
	peer.Run(t, "R4: a handler that panics is logged and ends only its own conn", func(b *peer.Bench) {
		log := new(logbook)
		srv := &concurrent.Server{Handler: talk, Logf: log.printf}
		server := b.Serve(srv.Serve)
		before := b.Dial(server)
		before.Send("hello\n")
		before.Expect("the first client is served", "hello\n")
		unlucky := b.Dial(server)
		unlucky.Send("panic\n")
		unlucky.ExpectClosed("the conn of the handler that panicked is closed")
		before.Send("still here\n")
		before.Expect("the other handler goes on", "still here\n")
		after := b.Dial(server)
		after.Send("new here\n")
		after.Expect("the server takes new clients", "new here\n")
		b.Until("Logf is told the value of the panic", func() bool { return log.contains(disorder) })
	})
}

func TestClose(t *testing.T) {
	peer.Run(t, "R5: Close ends Serve, the conns and the context of the handlers", func(b *peer.Bench) {
		handler := &stubborn{goes: make(chan struct{})}
		srv := &concurrent.Server{Handler: handler.handlerFor(b)}
		server := b.Serve(srv.Serve)
		former := b.Dial(server)
		former.Send("bye\n")
		former.ExpectEOF("a handler may close its conn itself, and go on")
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client is served", "hello\n")
		_, err := start(b, "Close", srv.Close).Result("Close does not wait for the handlers")
		b.NoError("nothing went wrong", err)
		client.ExpectClosed("the conn is closed under the handler")
		b.Until("the context of both handlers ends", func() bool { return handler.told.Load() == 2 })
		b.Equal("Active counts the handlers until they return", 2, srv.Active())
		close(handler.goes)
		err = server.Result("Serve returns")
		b.ErrorIs("Serve was told to end", err, concurrent.ErrServerClosed)
		server.ExpectRefused("nobody listens any more")
	})
}

func TestShutdown(t *testing.T) {
	peer.Run(t, "R6: Shutdown stops accepting, then waits for handlers, as long as its context lasts", func(b *peer.Bench) {
		var running atomic.Int64
		srv := &concurrent.Server{Handler: func(ctx context.Context, c net.Conn) {
			running.Add(1)
			defer running.Add(-1)
			talk(ctx, c)
		}}
		server := b.Serve(srv.Serve)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client is served", "hello\n")
		_, err := shutdown(b, srv, over()).Result("Shutdown gives up once its context is over")
		b.ErrorIs("a handler is running and there is no time to wait", err, context.Canceled)
		server.ExpectRefused("the listener is closed before anything else")
		client.Send("still here\n")
		client.Expect("the running handler goes on undisturbed", "still here\n")
		ctx, cancel := context.WithCancel(b.Context())
		short, long, longer := watch(ctx), watch(b.Context()), watch(b.Context())
		impatient := shutdown(b, srv, short)
		b.Until("Shutdown looks whether its context has ended", short.looked.Load)
		cancel()
		_, err = impatient.Result("Shutdown gives up when its context ends while it waits")
		b.ErrorIs("the handler is still running", err, context.Canceled)
		waiting := peer.Start(b, "Shutdown", func() (int64, error) {
			err := srv.Shutdown(long)
			return running.Load(), err
		})
		b.Until("Shutdown waits, and looks whether its context ends", long.looked.Load)
		another := shutdown(b, srv, longer)
		b.Until("a second Shutdown waits beside the first, and looks at its own context", longer.looked.Load)
		client.Send("bye\n")
		client.ExpectEOF("the handler has returned, and the server hangs up")
		left, err := waiting.Result("Shutdown returns when the last handler has")
		b.NoError("every handler has returned", err)
		b.Equal("no handler runs when Shutdown returns nil", int64(0), left)
		_, err = another.Result("another Shutdown returns too when the last handler has")
		b.NoError("every handler has returned", err)
		err = server.Result("Serve returns")
		b.ErrorIs("Serve was told to end", err, concurrent.ErrServerClosed)
	})
}
