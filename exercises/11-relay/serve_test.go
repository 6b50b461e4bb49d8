package relay_test

import (
	"context"
	"net"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestServeContext_R13(t *testing.T) {
	peer.Run(t, "R13: when its context is done, Serve ends its clients, waits, and returns", func(b *peer.Bench) {
		ctx, d := b.CountingContext(), new(desk)
		server := d.serve(b, ctx)
		client := b.Dial(server)
		feed := d.connect(b, 1)
		client.Send("copper?\n")
		feed.Expect("the client is being served", "copper?\n")
		stalled := b.Dial(server)
		flood := d.connect(b, 2)
		stalled.StopReading()
		flood.SendAsync(peer.Numbered(peer.Plenty))
		waiting := b.Dial(server)
		d.await(b, 3)
		ctx.Cancel()
		client.ExpectReset("Serve resets its client's conn")
		feed.ExpectReset("Serve resets the conn from dial")
		flood.ExpectReset("Serve resets a conn although its relay is blocked in Write")
		waiting.ExpectClosed("Serve closes the conn of a client whose dial gave up")
		err := server.Result("Serve returns when its context is done")
		b.ErrorIs("Serve returns ctx.Err()", err, context.Canceled)
		server.ExpectRefused("Serve closes its listener")

		ctx, d = b.CountingContext(), &desk{late: true}
		door := new(watchedListener)
		server = d.serve(b, ctx, door.wrap)
		client = b.Dial(server)
		feed = d.connect(b, 1)
		feed.Send("prices at 10:15\n")
		client.Expect("the client is being served", "prices at 10:15\n")
		waiting = b.Dial(server)
		d.await(b, 2)
		ctx.Cancel()
		client.ExpectReset("Serve does not wait for a dial before it resets other conns")
		b.Until("Serve does not wait for a dial before it closes its listener", door.closed.Load)
		server.ExpectRunning("Serve waits for a dial that takes longer than ctx")
		feed = d.connect(b, 2)
		feed.ExpectReset("Serve resets a conn that dial returns too late")
		waiting.ExpectClosed("Serve closes the conn of a client whose dial took too long")
		err = server.Result("Serve returns when its clients have ended")
		b.ErrorIs("Serve returns ctx.Err()", err, context.Canceled)

		ctx, d = b.CountingContext(), new(desk)
		write := fault.NewHold()
		defer write.Release()
		server = d.serve(b, ctx, fault.FailAcceptAfterClose(errNetwork))
		client = b.Dial(server)
		d.connect(b, 1, write.Conn)
		client.Send("copper?\n")
		b.Until("Serve passes on what the client sends", write.Holds)
		ctx.Cancel()
		server.ExpectRunning("Serve waits for a relay whose Write has not returned")
		write.Release()
		err = server.Result("Serve returns when its relay has ended")
		b.ErrorIs("Serve returns ctx.Err(), even if Accept of the closed listener has an error of its own", err, context.Canceled)

		ctx, d = b.CountingContext(), new(desk)
		hold := fault.NewHold()
		defer hold.Release()
		door = new(watchedListener)
		server = d.serve(b, ctx, hold.Listener, door.wrap)
		client = b.Dial(server)
		b.Until("Serve accepts a client", hold.Holds)
		ctx.Cancel()
		b.Until("Serve closes its listener", door.closed.Load)
		hold.Release() // only now Accept returns the client
		client.ExpectClosed("Serve closes a conn that Accept returns while Serve is ending")
		err = server.Result("Serve returns when its context is done")
		b.ErrorIs("Serve returns ctx.Err()", err, context.Canceled)

		past, cancel := context.WithDeadlineCause(b.Context(), time.Now().Add(-time.Second), errNetwork)
		defer cancel()
		server = d.serve(b, past)
		err = server.Result("Serve returns at once if ctx is done before the call")
		b.ErrorIs("Serve returns ctx.Err(), not the cause", err, context.DeadlineExceeded)
		server.ExpectRefused("Serve closes its listener")
	}, peer.Virtual, peer.Loopback)
}

func TestAcceptFails_R14(t *testing.T) {
	peer.Run(t, "R14: when Accept fails, Serve ends its clients and returns the error", func(b *peer.Bench) {
		d := new(desk)
		server := d.serve(b, b.Context())
		client := b.Dial(server)
		feed := d.connect(b, 1)
		client.Send("copper?\n")
		feed.Expect("the client is being served", "copper?\n")
		waiting := b.Dial(server)
		d.await(b, 2)
		server.Close()
		client.ExpectReset("Serve resets its client's conn")
		feed.ExpectReset("Serve resets the conn from dial")
		waiting.ExpectClosed("Serve cancels the context of a dial")
		err := server.Result("Serve returns when Accept fails")
		b.ErrorIs("Serve returns the error of Accept", err, net.ErrClosed)

		d = &desk{late: true}
		server = d.serve(b, b.Context())
		client = b.Dial(server)
		feed = d.connect(b, 1)
		feed.Send("prices at 10:15\n")
		client.Expect("the client is being served", "prices at 10:15\n")
		waiting = b.Dial(server)
		d.await(b, 2)
		server.Close()
		client.ExpectReset("Serve does not wait for a dial before it resets other conns")
		feed = d.connect(b, 2)
		feed.ExpectReset("Serve resets a conn that dial returns after Accept failed")
		waiting.ExpectClosed("Serve closes the conn of a client whose dial took too long")
		err = server.Result("Serve returns when its clients have ended")
		b.ErrorIs("Serve returns the error of Accept", err, net.ErrClosed)

		ctx := b.CountingContext()
		d = &desk{late: true}
		door := new(watchedListener)
		server = d.serve(b, ctx, fault.FailAccept(nil, errNetwork), door.wrap)
		client = b.Dial(server)
		d.await(b, 1)
		b.Until("Serve does not wait for a dial before it closes its listener", door.closed.Load)
		b.Until("Serve waits, or has returned", b.AtRest)
		server.ExpectRunning("Serve waits for a dial although Accept has failed")
		d.connect(b, 1).ExpectReset("Serve resets a conn that dial returns after Accept failed")
		client.ExpectClosed("Serve closes the conn of a client whose dial took too long")
		err = server.Result("Serve returns when its clients have ended")
		b.ErrorIs("Serve returns the error of Accept", err, errNetwork)
		server.ExpectRefused("Serve closes its listener before it returns")
		b.Until("Serve leaves no goroutine, although ctx goes on", func() bool { return b.Goroutines() == 0 })
		ctx.ExpectReleased("Serve leaves nothing registered on ctx")
	})
}
