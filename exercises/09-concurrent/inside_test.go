package concurrent_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestEndedFromInside_R14(t *testing.T) {
	peer.Run(t, "R14: handlers and Logf may call their own server's Shutdown and Close", func(b *peer.Bench) {
		var closed, shut atomic.Bool
		var counting *peer.Context
		var shutErr error
		var former context.Context
		log := new(logbook)
		srv := &concurrent.Server{Logf: log.printf}
		hello := func(ctx context.Context) error { return ctx.Err() }
		srv.Handler = obey(orders{
			"hello": hello,
			"shutdown": func(ctx context.Context) error {
				former, counting = ctx, b.CountingContext()
				counting.Context = ctx
				return srv.Shutdown(counting)
			},
			"close": func(ctx context.Context) error {
				srv.Close()
				closed.Store(true)
				shutErr = srv.Shutdown(ctx)
				shut.Store(true)
				panic("still running")
			},
			"shutdown within a minute": shutdownWithin(srv, time.Minute),
			"exit":                     func(context.Context) error { runtime.Goexit(); return nil },
			"panic":                    func(context.Context) error { panic(disorder) },
		})
		console := &concurrent.Server{Handler: obey(orders{"hello": hello, "shutdown at once": shutdownWithin(srv, 0)})}
		server := b.Serve(srv.Serve)
		var clients [4]*peer.Peer
		for i := range clients {
			clients[i] = b.Dial(server)
			clients[i].Send("hello\n")
			clients[i].Expect("each handler is running", "done\n")
		}
		first, second := clients[0], clients[1]
		first.Send("shutdown\n")
		first.Expect("Shutdown does not wait for the handler that calls it", "done\n")
		server.ExpectRefused("Shutdown closes the listener even if a handler calls it")
		counting.ExpectReleased("Shutdown leaves nothing registered on the context of the handler that calls it")
		second.Send("hello\n")
		second.Expect("a handler's Shutdown does not cancel the other handlers' contexts", "done\n")
		operator := b.Dial(b.Serve(console.Serve))
		operator.Send("shutdown at once\n")
		operator.Expect("Shutdown waits if a handler of another server calls it", "gave up\n")
		first.Close()
		b.Until("the first handler has ended", b.AtRest)
		b.ErrorIs("Shutdown waits if the handler of its context has returned", givesUp(b, srv, former), context.Canceled)
		for i, end := range []struct{ order, how string }{{"exit", "called runtime.Goexit"}, {"panic", "panicked"}} {
			client := clients[2+i]
			client.Send("shutdown\n")
			client.Expect("Shutdown does not wait for the handler that calls it, even if another has called it before", "done\n")
			client.Send(end.order + "\n")
			client.ExpectClosed("the conn is closed when its handler has " + end.how)
			b.Until("the handler has ended", b.AtRest)
			b.ErrorIs("Shutdown waits if the handler of its context has "+end.how, givesUp(b, srv, former), context.Canceled)
		}
		second.Send("shutdown within a minute\n")
		second.Expect("a context derived from the handler's works as well", "done\n")
		second.Send("close\n")
		second.ExpectClosed("Close closes its caller's conn as well")
		b.Until("Close returns to the handler that called it", closed.Load)
		b.Until("Shutdown returns to the handler that has called Close", shut.Load)
		b.NoError("Shutdown returns nil to a handler even if the handler's ctx is done", shutErr)
		log.expect(b, "Logf logs the panic of a handler even after Close", "still running")
		operator.Send("hello\n")
		operator.Expect("the handlers of another server carry on", "done\n")
		b.ErrorIs("Serve returns ErrServerClosed after a handler's Shutdown", server.Result("Serve returns"), concurrent.ErrServerClosed)
		for _, end := range endings(b) {
			srv, logs := logThatEnds(disorder, end)
			b.Dial(b.Serve(srv.Serve)).Send("panic\n")
			b.Until(end.name+", called by the Logf of a panic, returns", logs.Load)
			srv, logs = logThatEnds(textOf(fault.Aborted()), end)
			server := b.Serve(srv.Serve, fault.FailAccept(fault.Aborted()))
			b.Until(end.name+", called by the Logf of a failed Accept, returns", logs.Load)
			b.ErrorIs("Serve returns ErrServerClosed after Shutdown or Close", server.Result("Serve returns"), concurrent.ErrServerClosed)
		}
		for range 20 { // Shutdown or the other client comes first
			stoppedByLogf(b)
		}
	})
}

// stoppedByLogf lets the Logf of a panic call Shutdown while another client waits
// for the slot that has just become free.
func stoppedByLogf(b *peer.Bench) {
	srv := &concurrent.Server{Handler: talk, MaxConns: 1}
	var stopped atomic.Bool
	var err error
	srv.Logf = func(format string, args ...any) {
		if strings.Contains(fmt.Sprintf(format, args...), disorder) {
			err = srv.Shutdown(done())
			stopped.Store(true)
		}
	}
	server := b.Serve(srv.Serve)
	unlucky := b.Dial(server)
	unlucky.Send("hello\n")
	unlucky.Expect("the first client gets its answer", "hello\n")
	waiting := b.Dial(server)
	waiting.Send("me too\n")
	b.Until("the second client waits for a slot", b.AtRest)
	unlucky.Send("panic\n")
	unlucky.ExpectClosed("the conn of the panicking handler is closed")
	b.Until("Shutdown, called by the Logf of a panic, returns", stopped.Load)
	if err == nil { // no handler was running
		waiting.ExpectClosed("no handler starts when Shutdown has returned nil, even if a slot has just become free")
	} else {
		waiting.Send("bye\n")
	}
}
