package concurrent_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestAcceptErrorPasses_R7(t *testing.T) {
	peer.Run(t, "R7: a transient Accept error costs a short pause, not the server", func(b *peer.Bench) {
		calls, log := new(timetable), new(logbook)
		trouble := fault.FailAccept(fault.TooManyFiles(), fault.Aborted(), fault.SystemFull())
		srv := &concurrent.Server{Handler: talk, Logf: log.printf}
		client := b.Dial(b.Serve(srv.Serve, trouble, calls.ofAccept))
		client.Send("hello\n")
		client.Expect("the client is served once Accept works again", "hello\n")
		pauses := calls.pauses(3)
		b.AtLeast("every transient error is followed by a pause", slices.Min(pauses), 5*time.Millisecond)
		b.AtMost("no pause is longer than a second", slices.Max(pauses), time.Second)
		b.Equal("Logf logs that there are too many open files", true, log.mentions(fault.TooManyFiles()))
		b.Equal("Logf logs that a client aborted", true, log.mentions(fault.Aborted()))
	}, peer.Virtual)
}

func TestAcceptKeepsFailing_R8(t *testing.T) {
	peer.Run(t, "R8: pauses grow to at most a second and reset after a success", func(b *peer.Bench) {
		calls := new(timetable)
		trouble := slices.Repeat([]error{fault.TooManyFiles()}, 40)
		trouble = append(trouble, nil, fault.TooManyFiles())
		srv := &concurrent.Server{Handler: talk, Logf: new(logbook).printf}
		server := b.Serve(srv.Serve, fault.FailAccept(trouble...), calls.ofAccept)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client is served after 40 failed Accepts", "hello\n")
		took := b.Elapsed()
		b.AtLeast("the pauses grow while Accept keeps failing", took, 10*time.Second)
		pauses := calls.pauses(40)
		b.AtMost("no pause is longer than a second", slices.Max(pauses), time.Second)
		b.AtLeast("no pause is shorter than 5 ms", slices.Min(pauses), 5*time.Millisecond)
		next := b.Dial(server)
		next.Send("me too\n")
		next.Expect("the next client is served after one more failed Accept", "me too\n")
		b.AtMost("after a success the pauses start short again", b.Elapsed()-took, 100*time.Millisecond)
		b.Serve(srv.Serve, fault.FailAccept(slices.Repeat([]error{fault.TooManyFiles()}, 40)...))
		b.Advance(20 * time.Second)
		began := b.Elapsed()
		other := b.Dial(b.Serve(srv.Serve, fault.FailAccept(fault.TooManyFiles())))
		other.Send("me too\n")
		other.Expect("another listener's first pause is short", "me too\n")
		b.AtMost("each listener has its own pauses", b.Elapsed()-began, 100*time.Millisecond)
	}, peer.Virtual)
}

func TestAcceptFails_R9(t *testing.T) {
	peer.Run(t, "R9: Serve returns any other Accept error", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		broken := b.Serve(srv.Serve, fault.FailAccept(errListener))
		err := broken.Result("Serve returns when its listener fails")
		b.ErrorIs("Serve returns the error of Accept", err, errListener)
		broken.ExpectRefused("Serve closes its listener before it returns")
		server := b.Serve(srv.Serve)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the server still serves another listener", "hello\n")
		client.Send("bye\n")
		client.ExpectEOF("the server closes the conn after the handler returned")
		server.Close()
		err = server.Result("Serve returns when its listener is closed directly")
		b.ErrorIs("Serve returns the error of Accept", err, net.ErrClosed)
		b.Equal("only Shutdown and Close lead to ErrServerClosed", false, errors.Is(err, concurrent.ErrServerClosed))
		_, err = start(b, "Close", srv.Close).Result("Close returns")
		b.NoError("Close returns nil even if nothing is open", err)
	})
}

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
	}, peer.Virtual)
}

func TestSlotsComeBack_R11(t *testing.T) {
	peer.Run(t, "R11: neither a panic nor a failed Accept leaks a slot", func(b *peer.Bench) {
		trouble := slices.Repeat([]error{nil, fault.Aborted()}, 4)
		srv := &concurrent.Server{Handler: talk, MaxConns: 4} // and Logf is nil
		server := b.Serve(srv.Serve, fault.FailAccept(trouble...))
		for range 4 {
			unlucky := b.Dial(server)
			unlucky.Send("panic\n")
			unlucky.ExpectClosed("the conn of the panicking handler is closed")
		}
		for range 4 {
			client := b.Dial(server)
			client.Send("hello\n")
			client.Expect("all four slots are free again", "hello\n")
		}
	}, peer.Virtual)
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
	}, peer.Virtual)
}

func TestNoLateHandler_R13(t *testing.T) {
	peer.Run(t, "R13: no handler starts once Shutdown or Close has begun", func(b *peer.Bench) {
		for _, end := range []ending{{"Shutdown", shutdownIn(b)}, {"Close", (*concurrent.Server).Close}} {
			door := &slowListener{open: make(chan struct{})}
			srv := &concurrent.Server{Handler: talk}
			late := b.Dial(b.Serve(srv.Serve, door.wrap))
			late.Send("hello\n")
			b.Settle() // the conn is accepted, but Accept has not returned it yet
			call := start(b, end.name, func() error { return end.call(srv) })
			b.Settle()
			close(door.open)
			late.ExpectClosed("a conn that Accept returns after " + end.name + " has begun is closed without a handler")
			_, err := call.Result(end.name + " returns")
			b.NoError("a server without running handlers ends without an error", err)
		}
		srv := &concurrent.Server{Handler: talk, MaxConns: 1}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first client gets its answer", "hello\n")
		waiting := b.Dial(server)
		waiting.Send("me too\n")
		waiting.ExpectQuiet("the second client has no slot")
		_, err := shutdown(b, srv, done()).Result("Shutdown gives up once its context is done")
		b.ErrorIs("Shutdown's context is done while a handler is running", err, context.Canceled)
		first.Send("bye\n")
		first.ExpectEOF("the first handler has returned")
		waiting.ExpectClosed("the client that waited for a slot is closed without a handler")
	}, peer.Virtual)
}

func TestHandlerEndsServer_R14(t *testing.T) {
	peer.Run(t, "R14: a handler may call its own server's Shutdown and Close", func(b *peer.Bench) {
		var closed atomic.Bool
		srv := new(concurrent.Server)
		hello := func(context.Context) error { return nil }
		srv.Handler = obey(orders{
			"hello":    hello,
			"shutdown": srv.Shutdown,
			"close": func(context.Context) error {
				srv.Close()
				closed.Store(true)
				return errSilent
			},
			"shutdown within a minute": shutdownWithin(srv, time.Minute),
		})
		console := &concurrent.Server{Handler: obey(orders{"hello": hello, "shutdown at once": shutdownWithin(srv, 0)})}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first handler is running", "done\n")
		second := b.Dial(server)
		second.Send("hello\n")
		second.Expect("the second handler is running", "done\n")
		first.Send("shutdown\n")
		first.Expect("Shutdown does not wait for the handler that calls it", "done\n")
		server.ExpectRefused("Shutdown closes the listener even if a handler calls it")
		operator := b.Dial(b.Serve(console.Serve))
		operator.Send("shutdown at once\n")
		operator.Expect("Shutdown waits if a handler of another server calls it", "gave up\n")
		second.Send("shutdown within a minute\n")
		second.Expect("a context derived from the handler's works, too", "done\n")
		second.Send("close\n")
		second.ExpectClosed("Close closes its caller's conn, too")
		b.Until("Close returns to the handler that called it", closed.Load)
		operator.Send("hello\n")
		operator.Expect("the handlers of another server carry on", "done\n")
		b.ErrorIs("Serve returns ErrServerClosed after a handler's Shutdown", server.Result("Serve returns"), concurrent.ErrServerClosed)
	})
}

func TestEndedForGood_R15(t *testing.T) {
	peer.Run(t, "R15: Shutdown and Close work before Serve and repeatedly; the server stays closed", func(b *peer.Bench) {
		for _, end := range []ending{{"Shutdown", shutdownIn(b)}, {"Close", (*concurrent.Server).Close}} {
			srv := &concurrent.Server{Handler: talk}
			_, err := start(b, end.name, func() error { return end.call(srv) }).Result(end.name + " returns before any Serve")
			b.NoError("it is not an error if nothing was served", err)
			ln, server := b.Listener()
			_, err = start(b, "Server.Serve", func() error { return srv.Serve(ln) }).Result("Serve on a closed server returns at once")
			b.ErrorIs(end.name+" was called before Serve", err, concurrent.ErrServerClosed)
			server.ExpectRefused("Serve closes its listener before it returns")
			for _, again := range []ending{{"Shutdown", shutdownIn(b)}, {"Close", (*concurrent.Server).Close}} {
				_, err = start(b, again.name, func() error { return again.call(srv) }).Result(again.name + " after " + end.name + " returns")
				b.NoError("ending a server twice is not an error", err)
			}
			for range 20 { // enough to catch a select that picks one of two ready cases at random
				_, err = shutdown(b, srv, done()).Result("Shutdown returns")
				b.NoError("Shutdown returns nil if no handler is running, even if its context is done", err)
			}
		}
		handler := &stubborn{release: make(chan struct{})}
		srv := &concurrent.Server{Handler: handler.handlerFor(b)}
		client := b.Dial(b.Serve(srv.Serve))
		client.Send("hello\n")
		client.Expect("the client gets its answer", "hello\n")
		_, err := start(b, "Close", srv.Close).Result("Close does not wait for the handler")
		b.NoError("Close returns nil", err)
		_, err = shutdown(b, srv, done()).Result("Shutdown after Close gives up once its context is done")
		b.ErrorIs("Shutdown's context is done while a handler is running", err, context.Canceled)
		close(handler.release)
	})
}

func TestForgets_R16(t *testing.T) {
	peer.Run(t, "R16: the server forgets every finished conn and listener", func(b *peer.Bench) {
		conns, listeners := b.Census(), b.Census()
		srv := &concurrent.Server{Handler: talk}
		server := b.Serve(srv.Serve, fault.EveryConn(conns.Conn))
		for range 400 {
			client := b.Dial(server)
			client.Send("bye\n")
			client.ExpectEOF("the server closes the conn after the handler returned")
		}
		b.Until("Active is 0 once every handler has returned", func() bool { return srv.Active() == 0 })
		conns.ExpectAtMost("finished conns are forgotten", 40)
		for range 20 {
			brief := b.Named("Server.Serve").Serve(func(ln net.Listener) error { return srv.Serve(listeners.Listener(ln)) })
			brief.Close()
			brief.Result("Serve returns when its listener is closed")
		}
		listeners.ExpectAtMost("listeners whose Serve has returned are forgotten", 10)
	}, peer.Memory)
}
