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

func TestOneClient_R1(t *testing.T) {
	peer.Run(t, "R1: a client is served, and its conn closed when its handler returns", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		server := b.Named("Server.Serve").Serve(srv.Serve)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the handler answers", "hello\n")
		server.ExpectRunning("Serve runs until Shutdown or Close, or until its listener fails")
		client.Send("bye\n")
		client.ExpectEOF("the server closes the conn after the handler returned")
	})
}

func TestSilentClient_R2(t *testing.T) {
	peer.Run(t, "R2: a second client is served while the first is silent", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		server := b.Named("Server.Serve").Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first client gets its answer", "hello\n")
		second := b.Dial(server)
		second.Send("me too\n")
		second.Expect("the second client does not wait for the silent one", "me too\n")
		first.Send("still here\n")
		first.Expect("the first client is still served", "still here\n")
	})
}

func TestManyClients_R3(t *testing.T) {
	peer.Run(t, "R3: 200 clients are served at once, each over its own conn", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		told, begin := context.WithCancel(b.Context())
		server := b.Named("Server.Serve").Serve(func(ln net.Listener) error {
			<-told.Done()
			return srv.Serve(ln)
		})
		clients := b.Crowd(server, 100) // all in the backlog when Serve begins
		begin()
		clients = append(clients, b.Crowd(server, 100)...)
		clients.Each(func(i int, client *peer.Peer) { client.Send(fmt.Sprintf("client %d\n", i)) })
		clients.Each(func(i int, client *peer.Peer) {
			client.Expect("each client gets its own line while all are connected", fmt.Sprintf("client %d\n", i))
		})
		if !server.AtAddress() {
			b.Equal("Active counts the running handlers", 200, srv.Active())
		}
		clients.Each(func(i int, client *peer.Peer) { client.Send(fmt.Sprintf("%d again\n", i)) })
		clients.Each(func(i int, client *peer.Peer) {
			client.Expect("every handler still has its own conn", fmt.Sprintf("%d again\n", i))
		})
	})
}

func TestPanic_R4(t *testing.T) {
	peer.Run(t, "R4: a panicking handler is logged and ends only its own conn", func(b *peer.Bench) {
		log := new(logbook)
		srv := &concurrent.Server{Handler: talk}
		srv.Logf = func(format string, args ...any) {
			log.printf("%d clients: "+format, append([]any{srv.Active()}, args...)...)
		}
		server := b.Serve(srv.Serve)
		before := b.Dial(server)
		before.Send("hello\n")
		before.Expect("the first client gets its answer", "hello\n")
		unlucky := b.Dial(server)
		unlucky.Send("panic\n")
		unlucky.ExpectClosed("the conn of the panicking handler is closed")
		log.expect(b, "Logf logs the value of the panic", disorder)
		before.Send("still here\n")
		before.Expect("the other handler carries on", "still here\n")
		after := b.Dial(server)
		after.Send("new here\n")
		after.Expect("the server still accepts new clients", "new here\n")
		after.Send("fail\n")
		after.ExpectClosed("the value of a panic may also be an error")
		log.expect(b, "Logf logs an error that is the value of a panic", errDisorder.Error())
		before.Send("bye\n")
		before.ExpectEOF("the first handler returns as usual")
	})
}

func TestClose_R5(t *testing.T) {
	peer.Run(t, "R5: Close ends Serve, all conns and the handlers' context", func(b *peer.Bench) {
		handler := &stubborn{release: make(chan struct{})}
		srv := &concurrent.Server{Handler: handler.handlerFor(b)}
		server := b.Serve(srv.Serve)
		former := b.Dial(server)
		former.Send("bye\n")
		former.ExpectEOF("the handler closes its conn itself and keeps running")
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client gets its answer", "hello\n")
		_, err := start(b, "Close", srv.Close).Result("Close does not wait for the handlers")
		b.NoError("Close returns nil", err)
		client.ExpectClosed("Close closes the conn of a running handler")
		b.Until("Close cancels the context of both handlers", func() bool { return handler.canceled.Load() == 2 })
		b.Equal("Active counts the handlers until they return", 2, srv.Active())
		close(handler.release)
		err = server.Result("Serve returns")
		b.ErrorIs("Serve returns ErrServerClosed after Shutdown or Close", err, concurrent.ErrServerClosed)
		server.ExpectRefused("the listener is closed")
	})
}

func TestShutdown_R6(t *testing.T) {
	peer.Run(t, "R6: Shutdown stops accepting, then waits for handlers until its context is done", func(b *peer.Bench) {
		var running atomic.Int64
		srv := &concurrent.Server{Handler: func(ctx context.Context, c net.Conn) {
			running.Add(1)
			defer running.Add(-1)
			talk(ctx, c)
		}}
		server := b.Serve(srv.Serve)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client gets its answer", "hello\n")
		_, err := shutdown(b, srv, done()).Result("Shutdown gives up once its context is done")
		client.Send("still here\n")
		client.Expect("Shutdown does not disturb the running handler", "still here\n")
		b.ErrorIs("Shutdown's context is done while a handler is running", err, context.Canceled)
		server.ExpectRefused("Shutdown closes the listener before it waits")
		excused, cancel := context.WithCancelCause(context.Background())
		cancel(errExcuse)
		_, err = shutdown(b, srv, excused).Result("Shutdown gives up once its context is done")
		b.ErrorIs("Shutdown returns ctx.Err(), even if ctx has a cause", err, context.Canceled)
		short, long, longer := watch(b), watch(b), watch(b)
		impatient := shutdown(b, srv, short)
		b.Until("Shutdown checks its context", short.checked.Load)
		short.Cancel()
		_, err = impatient.Result("Shutdown gives up when its context is canceled while it waits")
		b.ErrorIs("Shutdown's context is done before the handler returns", err, context.Canceled)
		waiting := peer.Start(b, "Shutdown", func() (int64, error) {
			err := srv.Shutdown(long)
			return running.Load(), err
		})
		b.Until("Shutdown waits and checks its context", long.checked.Load)
		another := shutdown(b, srv, longer)
		b.Until("a second Shutdown waits, too, and checks its own context", longer.checked.Load)
		client.Send("and still\n")
		client.Expect("a Shutdown that waits leaves the handler's ctx alone", "and still\n")
		client.Send("bye\n")
		client.ExpectEOF("the server closes the conn after the handler returned")
		left, err := waiting.Result("Shutdown returns when the last handler has returned")
		b.NoError("Shutdown returns nil once every handler has returned", err)
		b.Equal("no handler is running when Shutdown returns nil", int64(0), left)
		_, err = another.Result("the other Shutdown returns, too, when the last handler has returned")
		b.NoError("Shutdown returns nil once every handler has returned", err)
		b.Until("Shutdown leaves no goroutine, although its context goes on", func() bool { return b.Goroutines() == 0 })
		long.ExpectReleased("Shutdown leaves nothing registered on its context")
		err = server.Result("Serve returns")
		b.ErrorIs("Serve returns ErrServerClosed after Shutdown or Close", err, concurrent.ErrServerClosed)
	})
}
