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

func TestAcceptErrorPasses(t *testing.T) {
	peer.Run(t, "R7: an error of Accept that passes costs a short pause, not the server", func(b *peer.Bench) {
		calls := new(timetable)
		trouble := fault.FailAccept(fault.TooManyFiles(), fault.Aborted(), fault.SystemFull())
		srv := &concurrent.Server{Handler: talk, Logf: new(logbook).printf}
		client := b.Dial(b.Serve(srv.Serve, trouble, calls.ofAccept))
		client.Send("hello\n")
		client.Expect("the client is served when the trouble is over", "hello\n")
		pauses := calls.pauses(3)
		b.AtLeast("a pause follows each failed Accept, whatever it failed with", slices.Min(pauses), 5*time.Millisecond)
		b.AtMost("no pause is longer than a second", slices.Max(pauses), time.Second)
	}, peer.Virtual)
}

func TestAcceptKeepsFailing(t *testing.T) {
	peer.Run(t, "R8: the pauses grow to a second at most and begin anew after a success", func(b *peer.Bench) {
		calls := new(timetable)
		trouble := slices.Repeat([]error{fault.TooManyFiles()}, 40)
		trouble = append(trouble, nil, fault.TooManyFiles())
		srv := &concurrent.Server{Handler: talk, Logf: new(logbook).printf}
		server := b.Serve(srv.Serve, fault.FailAccept(trouble...), calls.ofAccept)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client is served after 40 failures", "hello\n")
		took := b.Elapsed()
		b.AtLeast("the pauses grow while Accept goes on failing", took, 10*time.Second)
		pauses := calls.pauses(40)
		b.AtMost("no pause is longer than a second", slices.Max(pauses), time.Second)
		b.AtLeast("no pause is shorter than 5 ms", slices.Min(pauses), 5*time.Millisecond)
		next := b.Dial(server)
		next.Send("me too\n")
		next.Expect("the next client is served after one more failure", "me too\n")
		b.AtMost("a success makes the pauses begin anew", b.Elapsed()-took, 100*time.Millisecond)
	}, peer.Virtual)
}

func TestAcceptFails(t *testing.T) {
	peer.Run(t, "R9: any other error of Accept ends Serve, which returns it", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk}
		broken := b.Serve(srv.Serve, fault.FailAccept(errListener))
		err := broken.Result("Serve returns the error of a listener that is broken")
		b.ErrorIs("Accept said so", err, errListener)
		broken.ExpectRefused("Serve closes its listener before it returns")
		server := b.Serve(srv.Serve)
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the server itself is not broken and serves another listener", "hello\n")
		client.Send("bye\n")
		client.ExpectEOF("the handler has returned, and the server hangs up")
		server.Close()
		err = server.Result("Serve returns when somebody else closes its listener")
		b.ErrorIs("Accept said so", err, net.ErrClosed)
		b.Equal("ErrServerClosed is for Shutdown and Close alone", false, errors.Is(err, concurrent.ErrServerClosed))
		_, err = start(b, "Close", srv.Close).Result("Close returns")
		b.NoError("there is nothing left to close, which is no error", err)
	})
}

func TestLimit(t *testing.T) {
	peer.Run(t, "R10: no more than MaxConns handlers run at once, the next client waits", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk, MaxConns: 2}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("there is a slot for the first client", "hello\n")
		second := b.Dial(server)
		second.Send("hello\n")
		second.Expect("there is a slot for the second client", "hello\n")
		third := b.Dial(server)
		third.Send("me too\n")
		third.ExpectQuiet("the third client waits while two handlers run")
		b.Equal("Active counts the handlers, not who waits", 2, srv.Active())
		first.Send("bye\n")
		first.ExpectEOF("the first client is through")
		third.Expect("the third client gets the free slot", "me too\n")
		fourth := b.Dial(server)
		fourth.Send("and me\n")
		fourth.ExpectQuiet("one handler that returns makes room for one")
		third.Send("bye\n")
		fourth.Expect("the fourth client gets the next free slot", "and me\n")
	}, peer.Virtual)
}

func TestSlotsComeBack(t *testing.T) {
	peer.Run(t, "R11: a panic and a failed Accept leave no slot taken", func(b *peer.Bench) {
		trouble := slices.Repeat([]error{nil, fault.Aborted()}, 4)
		srv := &concurrent.Server{Handler: talk, MaxConns: 4} // and no Logf
		server := b.Serve(srv.Serve, fault.FailAccept(trouble...))
		for range 4 {
			unlucky := b.Dial(server)
			unlucky.Send("panic\n")
			unlucky.ExpectClosed("the conn of the handler that panicked is closed")
		}
		for range 4 {
			client := b.Dial(server)
			client.Send("hello\n")
			client.Expect("all four slots are free again", "hello\n")
		}
	}, peer.Virtual)
}

func TestSeveralListeners(t *testing.T) {
	peer.Run(t, "R12: several listeners share the slots and the end, and an idle one holds no slot", func(b *peer.Bench) {
		srv := &concurrent.Server{Handler: talk, MaxConns: 1}
		inside, outside := b.Serve(srv.Serve), b.Serve(srv.Serve)
		b.Settle()
		first := b.Dial(inside)
		first.Send("hello\n")
		first.Expect("the slot is free while both listeners are idle", "hello\n")
		first.Send("bye\n")
		first.ExpectEOF("the first client is through")
		second := b.Dial(inside)
		second.Send("me too\n")
		second.Expect("the other listener is idle and holds no slot", "me too\n")
		third := b.Dial(outside)
		third.Send("and me\n")
		third.ExpectQuiet("the limit holds over both listeners")
		second.Send("bye\n")
		third.Expect("the slot goes to the client of the other listener", "and me\n")
		_, err := start(b, "Close", srv.Close).Result("Close returns")
		b.NoError("nothing went wrong", err)
		b.ErrorIs("Close ends the first listener", inside.Result("Serve returns"), concurrent.ErrServerClosed)
		b.ErrorIs("Close ends the second listener", outside.Result("Serve returns"), concurrent.ErrServerClosed)
	}, peer.Virtual)
}

func TestNoLateHandler(t *testing.T) {
	peer.Run(t, "R13: no handler starts once Shutdown or Close has begun", func(b *peer.Bench) {
		for _, end := range []ending{{"Shutdown", shutdownIn(b)}, {"Close", (*concurrent.Server).Close}} {
			door := &slowListener{open: make(chan struct{})}
			srv := &concurrent.Server{Handler: talk}
			late := b.Dial(b.Serve(srv.Serve, door.wrap))
			late.Send("hello\n")
			b.Settle() // the conn is accepted, and Accept has not returned it yet
			call := start(b, end.name, func() error { return end.call(srv) })
			b.Settle()
			close(door.open)
			late.ExpectClosed("a conn that Accept returns after " + end.name + " has begun is closed unserved")
			_, err := call.Result(end.name + " returns")
			b.NoError("no handler was running", err)
		}
		srv := &concurrent.Server{Handler: talk, MaxConns: 1}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first client is served", "hello\n")
		waiting := b.Dial(server)
		waiting.Send("me too\n")
		waiting.ExpectQuiet("there is no slot for the second client")
		_, err := shutdown(b, srv, over()).Result("Shutdown gives up once its context is over")
		b.ErrorIs("a handler is running and there is no time to wait", err, context.Canceled)
		first.Send("bye\n")
		first.ExpectEOF("the first client is through")
		waiting.ExpectClosed("the client that waited for a slot is hung up on unserved")
	}, peer.Virtual)
}

func TestHandlerEndsServer(t *testing.T) {
	peer.Run(t, "R14: a handler can shut down and close its own server", func(b *peer.Bench) {
		var closed atomic.Bool
		srv := new(concurrent.Server)
		srv.Handler = obey(orders{
			"hello":    func(context.Context) error { return nil },
			"shutdown": srv.Shutdown,
			"close": func(context.Context) error {
				srv.Close()
				closed.Store(true)
				return errSilent
			},
			"shutdown within a minute": shutdownWithin(srv, time.Minute),
		})
		console := &concurrent.Server{Handler: obey(orders{"shutdown at once": shutdownWithin(srv, 0)})}
		server := b.Serve(srv.Serve)
		first := b.Dial(server)
		first.Send("hello\n")
		first.Expect("the first handler runs", "done\n")
		second := b.Dial(server)
		second.Send("hello\n")
		second.Expect("the second handler runs", "done\n")
		first.Send("shutdown\n")
		first.Expect("Shutdown does not wait for the handler that calls it", "done\n")
		server.ExpectRefused("Shutdown closes the listener, whoever calls it")
		operator := b.Dial(b.Serve(console.Serve))
		operator.Send("shutdown at once\n")
		operator.Expect("a handler of another server has to wait like everybody", "gave up\n")
		second.Send("shutdown within a minute\n")
		second.Expect("a context made from the handler's is as good", "done\n")
		second.Send("close\n")
		second.ExpectClosed("Close closes the conn of its caller too")
		b.Until("Close returns to the handler that called it", closed.Load)
		b.ErrorIs("a handler told it to end", server.Result("Serve returns"), concurrent.ErrServerClosed)
	})
}

func TestEndedForGood(t *testing.T) {
	peer.Run(t, "R15: Shutdown or Close may come first and twice, and Serve refuses for good", func(b *peer.Bench) {
		for _, end := range []ending{{"Shutdown", shutdownIn(b)}, {"Close", (*concurrent.Server).Close}} {
			srv := &concurrent.Server{Handler: talk}
			_, err := start(b, end.name, func() error { return end.call(srv) }).Result(end.name + " returns before any Serve")
			b.NoError("there was nothing to end", err)
			ln, server := b.Listener()
			_, err = start(b, "Server.Serve", func() error { return srv.Serve(ln) }).Result("Serve refuses at once")
			b.ErrorIs(end.name+" came before", err, concurrent.ErrServerClosed)
			server.ExpectRefused("Serve closes its listener before it returns")
			for _, again := range []ending{{"Shutdown", shutdownIn(b)}, {"Close", (*concurrent.Server).Close}} {
				_, err = start(b, again.name, func() error { return again.call(srv) }).Result(again.name + " after " + end.name + " returns")
				b.NoError("it is no error to end a server twice", err)
			}
		}
		handler := &stubborn{goes: make(chan struct{})}
		srv := &concurrent.Server{Handler: handler.handlerFor(b)}
		client := b.Dial(b.Serve(srv.Serve))
		client.Send("hello\n")
		client.Expect("the client is served", "hello\n")
		_, err := start(b, "Close", srv.Close).Result("Close does not wait for the handler")
		b.NoError("nothing went wrong", err)
		_, err = shutdown(b, srv, over()).Result("Shutdown after Close gives up once its context is over")
		b.ErrorIs("a handler is still running and there is no time to wait", err, context.Canceled)
		close(handler.goes)
	})
}

func TestForgets(t *testing.T) {
	peer.Run(t, "R16: a conn is forgotten when its handler has returned", func(b *peer.Bench) {
		conns := new(census)
		srv := &concurrent.Server{Handler: talk}
		server := b.Serve(srv.Serve, fault.EveryConn(conns.count))
		for range 400 {
			client := b.Dial(server)
			client.Send("bye\n")
			client.ExpectEOF("the handler has returned, and the server hangs up")
		}
		b.Until("Active is 0 when every handler has returned", func() bool { return srv.Active() == 0 })
		b.Less("of 400 finished conns hardly one is held in memory", conns.held(), 40)
	}, peer.Memory)
}
