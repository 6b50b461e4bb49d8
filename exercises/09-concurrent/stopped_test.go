package concurrent_test

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestEndedForGood_R15(t *testing.T) {
	peer.Run(t, "R15: Shutdown and Close work before Serve and repeatedly; the server stays closed", func(b *peer.Bench) {
		for _, end := range endings(b) {
			srv := &concurrent.Server{Handler: talk}
			b.Equal("Active is the first method that is called", 0, srv.Active())
			_, err := start(b, end.name, func() error { return end.call(srv) }).Result(end.name + " returns before any Serve")
			b.NoError("it is not an error if nothing was served", err)
			ln, server := b.Listener()
			_, err = start(b, "Server.Serve", func() error { return srv.Serve(ln) }).Result("Serve on a closed server returns at once")
			b.ErrorIs(end.name+" was called before Serve", err, concurrent.ErrServerClosed)
			server.ExpectRefused("Serve closes its listener before it returns")
			for _, again := range endings(b) {
				_, err = start(b, again.name, func() error { return again.call(srv) }).Result(again.name + " after " + end.name + " returns")
				b.NoError("ending a server twice is not an error", err)
			}
			for range 20 { // enough to catch a select that picks one of two ready cases at random
				_, err = shutdown(b, srv, done()).Result("Shutdown returns")
				b.NoError("Shutdown returns nil if no handler is running, even if its context is done", err)
			}
			counting := b.CountingContext()
			_, err = shutdown(b, srv, counting).Result("Shutdown returns")
			b.NoError("Shutdown returns nil if no handler is running", err)
			counting.ExpectReleased("a Shutdown that need not wait leaves nothing registered on its context")
		}
		for _, end := range endings(b) {
			listenerFailsToClose(b, end)
		}
		closedWhileShutdownWaits(b)
	})
}

// listenerFailsToClose ends a server whose listeners return an error from Close, and
// one of them an error of its own from Accept once it is closed.
func listenerFailsToClose(b *peer.Bench, end ending) {
	srv := &concurrent.Server{Handler: talk}
	sour := fault.FailCloseListener(errListener)
	server, other := b.Serve(srv.Serve, sour), b.Serve(srv.Serve, sour, fault.FailAcceptAfterClose(errListener))
	client := b.Dial(server)
	client.Send("bye\n")
	client.ExpectEOF("the server closes the conn after the handler returned")
	b.Until("the server is at rest", b.AtRest)
	_, err := start(b, end.name, func() error { return end.call(srv) }).Result(end.name + " returns")
	b.NoError(end.name+" returns nil even if a listener cannot be closed properly", err)
	err = server.Result("Serve returns, although closing another listener has failed")
	b.ErrorIs("Serve returns ErrServerClosed after Shutdown or Close", err, concurrent.ErrServerClosed)
	err = other.Result("Serve returns, although closing another listener has failed")
	b.ErrorIs("Serve returns ErrServerClosed after "+end.name+", even if Accept of the closed listener has an error of its own", err, concurrent.ErrServerClosed)
}

func closedWhileShutdownWaits(b *peer.Bench) {
	handler := &stubborn{release: make(chan struct{})}
	srv := &concurrent.Server{Handler: handler.handlerFor(b)}
	client := b.Dial(b.Serve(srv.Serve))
	client.Send("hello\n")
	client.Expect("the client gets its answer", "hello\n")
	long := watch(b)
	waiting := shutdown(b, srv, long)
	b.Until("Shutdown waits and checks its context", long.checked.Load)
	_, err := start(b, "Close", srv.Close).Result("Close does not wait for the handler")
	b.NoError("Close returns nil", err)
	client.ExpectClosed("Close closes the conns of the handlers that Shutdown waits for")
	b.Until("the server is at rest after Close", b.AtRest)
	waiting.ExpectPending("Shutdown waits until the handler returns, even after Close")
	_, err = shutdown(b, srv, done()).Result("Shutdown after Close gives up once its context is done")
	b.ErrorIs("Shutdown's context is done while a handler is running", err, context.Canceled)
	close(handler.release)
	_, err = waiting.Result("the Shutdown that waited before Close returns when the handler has returned")
	b.NoError("Shutdown returns nil once every handler has ended", err)
}

func TestForgets_R16(t *testing.T) {
	peer.Run(t, "R16: the server forgets every finished conn and listener", func(b *peer.Bench) {
		conns, crowded, listeners := b.Census(), b.Census(), b.Census()
		srv := &concurrent.Server{Handler: talk}
		place := b.Serve(srv.Serve, fault.EveryConn(crowded.Conn))
		var crowd peer.Crowd
		for range 50 {
			client := b.Dial(place)
			client.Send("hello\n")
			client.Expect("all clients are served at once", "hello\n")
			crowd = append(crowd, client)
		}
		for _, client := range slices.Backward(crowd) { // the order in which spare capacity of a slice keeps most
			client.Send("bye\n")
			client.ExpectEOF("the server closes the conn after the handler returned")
		}
		server := b.Serve(srv.Serve, fault.EveryConn(conns.Conn))
		for i := range 400 {
			client := b.Dial(server)
			client.Send([]string{"bye\n", "panic\n", "exit\n"}[i%3])
			client.ExpectClosed("the conn is closed however its handler ends")
		}
		b.Until("Active is 0 once every handler has returned", func() bool { return srv.Active() == 0 })
		conns.ExpectAtMost("finished conns are forgotten", 40)
		crowded.ExpectAtMost("conns that were open at once are forgotten", 10)
		var brief []*peer.Server
		for range 20 {
			server := b.Named("Server.Serve").Serve(func(ln net.Listener) error { return srv.Serve(listeners.Listener(ln)) })
			brief = append(brief, server)
			client := b.Dial(server)
			client.Send("bye\n")
			client.ExpectEOF("every listener is served")
		}
		for _, server := range slices.Backward(brief) {
			server.Close()
			server.Result("Serve returns when its listener is closed")
		}
		listeners.ExpectAtMost("listeners whose Serve has returned are forgotten", 10)
	}, peer.Memory)
}

func TestPauseEnds_R17(t *testing.T) {
	peer.Run(t, "R17: Shutdown and Close end a pause at once", func(b *peer.Bench) {
		for i, end := range endings(b) {
			srv := &concurrent.Server{Handler: talk, Logf: new(logbook).printf}
			server := b.Serve(srv.Serve, fault.FailAccept(slices.Repeat([]error{fault.TooManyFiles()}, 60)...))
			b.Advance(20*time.Second + time.Duration(i)*300*time.Millisecond) // not both at the end of a pause
			began := b.Elapsed()
			_, err := start(b, end.name, func() error { return end.call(srv) }).Result(end.name + " returns during a pause")
			b.NoError("a server without running handlers ends without an error", err)
			b.ErrorIs("Serve returns ErrServerClosed after Shutdown or Close", server.Result("Serve returns"), concurrent.ErrServerClosed)
			b.AtMost("Serve does not wait until the pause is over", b.Elapsed()-began, 100*time.Millisecond)
		}
	}, peer.Virtual)
}
