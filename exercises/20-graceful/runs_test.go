package graceful_test

import (
	"context"
	"net"
	"testing"
	"time"

	graceful "socketkata/exercises/20-graceful"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestAcceptFails_R12(t *testing.T) {
	peer.Run(t, "R12: if Accept fails, Run stops in the same way and returns the error", func(b *peer.Bench) {
		ctx := b.CountingContext()
		server := serve(b, ctx, newDesk().server(), fault.FailAccept(nil, nil, errCable))
		idle := b.Dial(server)
		b.Settle() // until it waits for a request
		latest := b.Dial(server)
		depart(idle, "the server ends an idle conn")
		depart(latest, "the server ends the conn that Accept returned just before")
		b.Equal("idle conns end at once", time.Duration(0), b.Elapsed())
		b.ErrorIs("Run returns the error of Accept", server.Result("Run returns when all conns are closed"), errCable)
		server.ExpectRefused("Run closes the listener")
		b.Until("Run leaves no goroutine, although ctx goes on", func() bool { return b.Goroutines() == 0 })
		ctx.ExpectReleased("Run leaves nothing registered on ctx")

		evening, stop := context.WithCancel(b.Context())
		vague := serve(b, evening, newDesk().server(), fault.FailAcceptAfterClose(errCable))
		b.Settle() // until it accepts
		stop()
		b.NoError("Run returns nil after ctx is done, even if Accept of the listener that it has closed has an error of its own", vague.Result("Run returns"))

		server = serve(b, b.Context(), newDesk().server())
		server.Close()
		b.ErrorIs("a listener that somebody else has closed is an error", server.Result("Run returns at once without clients"), net.ErrClosed)

		server, client := brokenListener(b, "wait 10s")
		client.Expect("the request in flight is answered", "wait 10s\n")
		depart(client, "the conn ends after that answer")
		b.ErrorIs("Run returns the error of Accept, even if ctx is done during the stop", server.Result("Run returns when all conns are closed"), net.ErrClosed)

		began := b.Elapsed()
		server, client = brokenListener(b, "wait 1h")
		err := server.Result("Run returns when Grace is over")
		b.Equal("Grace begins when Accept fails, and only once", 20*time.Second, b.Elapsed()-began)
		b.ErrorIs("Run says that the stop was forced", err, graceful.ErrForced)
		b.ErrorIs("the reason is what began the stop: the error of Accept", err, net.ErrClosed)
		client.ExpectReset("the conn that is still open is reset")
		b.Advance(time.Hour) // until the handler returns
	}, peer.Virtual)
}

// brokenListener closes the listener of a server with a request in flight. 5 s
// later ctx is canceled, which changes nothing: the stop has begun.
func brokenListener(b *peer.Bench, request string) (*peer.Server, *peer.Peer) {
	ctx, stop := context.WithCancelCause(b.Context())
	server := serve(b, ctx, newDesk().server())
	client := b.Dial(server)
	client.Send(request + "\n")
	b.Settle()
	b.Note("the listener is closed")
	server.Close()
	b.Advance(5 * time.Second)
	b.Note("ctx is canceled")
	stop(errEvening)
	return server, client
}

func TestApart_R13(t *testing.T) {
	peer.Run(t, "R13: concurrent Runs do not mix, and keep nothing of finished conns", func(b *peer.Bench) {
		d := newDesk()
		srv := d.server()
		north, stopNorth := context.WithCancel(b.Context())
		south, stopSouth := context.WithCancel(b.Context())
		first, second := serve(b, north, srv), serve(b, south, srv)
		one, two := b.Dial(first), b.Dial(second)
		order(one, "the first Run serves its client", "Harbour")
		two.Send("wait 10s\n")
		b.Settle()
		stopNorth()
		depart(one, "the stop ends an idle conn")
		b.NoError("a stop is no error", first.Result("Run does not wait for the conns of another Run"))
		two.Expect("the stop of one Run does not touch the other", "wait 10s\n")
		order(two, "the other Run takes new requests", "Airport")
		order(b.Dial(second), "the other Run accepts new clients", "Old Town")
		stopSouth()
		b.NoError("a stop is no error", second.Result("Run returns when its own ctx is done"))
		canceled, _, _ := d.seen()
		b.Equal("the end of one Run cancels no handler of another", 0, canceled)
		order(b.Dial(serve(b, b.Context(), srv)), "a Server that was stopped can run again", "New Town")
		keepsNothing(b)
	}, peer.Virtual)
}

// keepsNothing counts what is left of conns while Run goes on.
func keepsNothing(b *peer.Bench) {
	conns, ctx := b.Census(), b.CountingContext()
	srv := newDesk().server()
	srv.Idle, srv.Read, srv.Write = time.Hour, time.Hour, time.Hour
	server := serve(b, ctx, srv, fault.EveryConn(func(c net.Conn) net.Conn {
		return countedConn{conns.Conn(c), c.(fullConn)}
	}))
	b.Settle()
	goroutines, registered := b.Goroutines(), ctx.Registered()
	for range 30 {
		client := b.Dial(server)
		order(client, "the client gets its answer", "Harbour")
		client.Close()
	}
	b.Settle()
	b.Equal("no goroutine is left of 30 conns that are closed", goroutines, b.Goroutines())
	b.Equal("nothing is registered on ctx for 30 conns that are closed", registered, ctx.Registered())
	conns.ExpectAtMost("the conns are no longer in memory", 5)
}
