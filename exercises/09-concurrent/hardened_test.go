package concurrent_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestLimit_R10(t *testing.T) {
	peer.Run(t, "R10: at most MaxConns handlers run at once; the next client waits", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk, MaxConns: 2}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first client gets a slot", "hello\n")
		second := b.Dial(server)
		second.Send("hello\n")
		second.Expect("the second client gets a slot", "hello\n")
		third := b.Dial(server)
		third.Send("me too\n")
		third.ExpectQuiet("the third client waits while two handlers run")
		b.Equal("Active counts running handlers, not waiting clients", 2, srv.Active())
		first.Send("bye\n")
		first.ExpectEOF("the first handler has returned")
		third.Expect("the third client gets the free slot", "me too\n")
		fourth := b.Dial(server)
		fourth.Send("and me\n")
		fourth.ExpectQuiet("one returned handler frees only one slot")
		third.Send("bye\n")
		fourth.Expect("the fourth client gets the next free slot", "and me\n")
		closedButRunning(b)
		unlimited := &concurrent.Server{Handler: talk, MaxConns: -1}
		client := b.Dial(b.Serve(unlimited.Serve))
		client.Send("hello\n")
		client.Expect("a negative MaxConns means no limit", "hello\n")
	}, peer.Virtual)
}

// closedButRunning lets a handler close its conn and keep running.
func closedButRunning(b *peer.Bench) {
	release := make(chan struct{})
	srv := &concurrent.Server{MaxConns: 1, Handler: func(ctx context.Context, c net.Conn) {
		talk(ctx, c)
		c.Close()
		select {
		case <-release:
		case <-b.Context().Done():
		}
	}}
	server := b.Serve(srv.Serve)
	former := b.Dial(server)
	former.Send("bye\n")
	former.ExpectEOF("the handler closes its conn itself and keeps running")
	next := b.Dial(server)
	next.Send("me too\n")
	next.ExpectQuiet("a handler that has closed its conn still runs and keeps its slot")
	close(release)
	next.Expect("the next client gets the slot once the handler has returned", "me too\n")
}

func TestSlotsComeBack_R11(t *testing.T) {
	peer.Run(t, "R11: neither a panic, a Goexit nor a failed Accept leaks a slot", func(b *peer.Bench) {
		trouble := slices.Repeat([]error{nil, fault.Aborted()}, 4)
		srv := &concurrent.Server{Handler: talk, MaxConns: 4} // and Logf is nil
		server := b.Serve(srv.Serve, fault.FailAccept(trouble...))
		for range 4 {
			unlucky := b.Dial(server)
			unlucky.Send("panic\n")
			unlucky.ExpectClosed("the conn of the panicking handler is closed")
		}
		four := func(reason string) (clients peer.Crowd) {
			for range 4 {
				client := b.Dial(server)
				client.Send("hello\n")
				client.Expect(reason, "hello\n")
				clients = append(clients, client)
			}
			return clients
		}
		full := four("all four slots are free again")
		for i, end := range []struct{ order, reason string }{
			{"panic\n", "the conn of the panicking handler is closed"},
			{"exit\n", "the conn is closed when its handler calls runtime.Goexit"},
		} {
			full[i].Send(end.order)
			full[i].ExpectClosed(end.reason)
			full[i] = b.Dial(server)
			full[i].Send("me too\n")
			full[i].Expect("the next client gets the free slot", "me too\n")
			next := b.Dial(server)
			next.Send("and me\n")
			next.ExpectQuiet("a handler that ends frees one slot, not two")
			full[i].Send("bye\n")
			full[i] = next
			next.Expect("the waiting client gets the next free slot", "and me\n")
		}
		full.Each(func(_ int, client *peer.Peer) {
			client.Send("exit\n")
			client.ExpectClosed("the conn is closed when its handler calls runtime.Goexit")
		})
		last := four("all four slots are free again after Goexit")
		b.Settle()
		b.Equal("Active no longer counts the handlers that ended", 4, srv.Active())
		waiting := shutdown(b, srv, b.Context())
		b.Settle()
		last.Each(func(_ int, client *peer.Peer) {
			client.Send("panic\n")
			client.ExpectClosed("the conn of the panicking handler is closed")
		})
		_, err := waiting.Result("Shutdown returns when the last handler has panicked")
		b.NoError("Shutdown returns nil once every handler has ended", err)
		servedWhileLogging(b)
		exiting := &concurrent.Server{Handler: talk}
		client := b.Dial(b.Serve(exiting.Serve))
		client.Send("hello\n")
		client.Expect("the client gets its answer", "hello\n")
		waiting = shutdown(b, exiting, b.Context())
		b.Settle()
		client.Send("exit\n")
		_, err = waiting.Result("Shutdown returns when the last handler has called runtime.Goexit")
		b.NoError("Shutdown returns nil once every handler has ended", err)
	}, peer.Virtual)
}

// servedWhileLogging lets the Logf of a panic block until the next client is
// served: a log may go to a slow disk.
func servedWhileLogging(b *peer.Bench) {
	served, release := context.WithCancel(b.Context())
	srv := &concurrent.Server{Handler: talk, MaxConns: 1}
	var running atomic.Int64
	srv.Logf = func(format string, args ...any) {
		if strings.Contains(fmt.Sprintf(format, args...), disorder) {
			running.Store(int64(srv.Active()))
			<-served.Done()
		}
	}
	server := b.Serve(srv.Serve)
	unlucky := b.Dial(server)
	unlucky.Send("hello\n")
	unlucky.Expect("the first client gets the only slot", "hello\n")
	unlucky.Send("panic\n")
	unlucky.ExpectClosed("the conn is closed before Logf logs the panic")
	b.Settle()
	b.Equal("Active no longer counts the handler when Logf logs its panic", int64(0), running.Load())
	next := b.Dial(server)
	next.Send("me too\n")
	next.Expect("the slot is free before Logf logs the panic", "me too\n")
	release()
}

func TestSeveralListeners_R12(t *testing.T) {
	peer.Run(t, "R12: listeners share the limit and Close; an idle listener holds no slot", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk, MaxConns: 1}
		inside, outside := b.Serve(srv.Serve), b.Serve(srv.Serve)
		b.Settle()
		first := b.Dial(inside)
		first.Send("hello\n")
		first.Expect("the slot is free while both listeners are idle", "hello\n")
		first.Send("bye\n")
		first.ExpectEOF("the first handler has returned")
		second := b.Dial(inside)
		second.Send("me too\n")
		second.Expect("the other, idle listener holds no slot", "me too\n")
		third := b.Dial(outside)
		third.Send("and me\n")
		third.ExpectQuiet("both listeners share one limit")
		second.Send("bye\n")
		third.Expect("the free slot goes to the other listener's client", "and me\n")
		_, err := start(b, "Close", srv.Close).Result("Close returns")
		b.NoError("Close returns nil", err)
		b.ErrorIs("Close ends the first listener", inside.Result("Serve returns"), concurrent.ErrServerClosed)
		b.ErrorIs("Close ends the second listener", outside.Result("Serve returns"), concurrent.ErrServerClosed)
		closeEndsAllContexts(b)
	}, peer.Virtual)
}

// closeEndsAllContexts closes a server that has a handler for each of two listeners.
func closeEndsAllContexts(b *peer.Bench) {
	handler := &stubborn{release: make(chan struct{})}
	srv := &concurrent.Server{Handler: handler.handlerFor(b)}
	var clients peer.Crowd
	for range 2 {
		server := b.Serve(srv.Serve, fault.EveryConn(fault.FailClose(errListener)))
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("each listener's client gets its answer", "hello\n")
		clients = append(clients, client)
	}
	_, err := start(b, "Close", srv.Close).Result("Close does not wait for the handlers")
	b.NoError("Close returns nil", err)
	clients.Each(func(_ int, client *peer.Peer) {
		client.ExpectClosed("Close closes every conn, although closing one of them has failed")
	})
	b.Until("Close cancels the contexts of both listeners' handlers", func() bool { return handler.canceled.Load() == 2 })
	close(handler.release)
}

func TestNoLateHandler_R13(t *testing.T) {
	peer.Run(t, "R13: no handler starts once Shutdown or Close has begun", func(b *peer.Bench) {
		for i, end := range slices.Repeat(endings(b), 2) {
			hold := fault.NewHold()
			defer hold.Release()
			srv := &concurrent.Server{Handler: talk, MaxConns: i / 2} // without a limit, and with a free slot
			late := b.Dial(b.Serve(srv.Serve, hold.Listener))
			late.Send("hello\n")
			b.Settle() // the conn is accepted, but Accept has not returned it yet
			call := start(b, end.name, func() error { return end.call(srv) })
			b.Settle()
			hold.Release()
			slot := []string{"", ", even if a slot is free"}[i/2]
			late.ExpectClosed("a conn that Accept returns after " + end.name + " has begun is closed without a handler" + slot)
			_, err := call.Result(end.name + " returns")
			b.NoError("a server without running handlers ends without an error", err)
		}
		handler, leave := staying(b)
		srv := &concurrent.Server{Handler: handler, MaxConns: 1}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first client gets its answer", "hello\n")
		waiting := b.Dial(server)
		waiting.Send("me too\n")
		waiting.ExpectQuiet("the second client has no slot")
		_, err := shutdown(b, srv, done()).Result("Shutdown gives up once its context is done")
		b.ErrorIs("Shutdown's context is done while a handler is running", err, context.Canceled)
		waiting.ExpectClosed("the client that waits for a slot is closed while the other handler still runs")
		leave()
		first.Send("bye\n")
		first.ExpectEOF("the first handler has returned")
		b.ErrorIs("Serve returns ErrServerClosed after Shutdown or Close", server.Result("Serve returns"), concurrent.ErrServerClosed)
		closedWhileClientWaits(b)
	}, peer.Virtual)
}

func closedWhileClientWaits(b *peer.Bench) {
	handler := &stubborn{release: make(chan struct{})}
	defer close(handler.release)
	srv := &concurrent.Server{Handler: handler.handlerFor(b), MaxConns: 1}
	server := b.Serve(srv.Serve)
	first := b.Dial(server)
	first.Send("hello\n")
	first.Expect("the first client gets its answer", "hello\n")
	waiting := b.Dial(server)
	waiting.Send("me too\n")
	waiting.ExpectQuiet("the second client has no slot")
	_, err := start(b, "Close", srv.Close).Result("Close does not wait for the handler")
	b.NoError("Close returns nil", err)
	waiting.ExpectClosed("Close ends the wait for a slot while the handler still runs")
}
