package graceful_test

import (
	"context"
	"net"
	"testing"
	"time"

	graceful "socketkata/exercises/20-graceful"
	"socketkata/harness/peer"
)

func TestAnswers_R1(t *testing.T) {
	peer.Run(t, "R1: each request line gets its answer, in order", func(b *peer.Bench) {
		srv := newDesk().server()
		server := b.Named("Server.Run").Serve(func(ln net.Listener) error { return srv.Run(b.Context(), ln) })
		client := b.Dial(server)
		order(client, "the client gets the answer while it waits for it", "Harbour")
		order(client, "the same conn takes a second request", "Airport")
		order(client, "blanks at its ends belong to a request", " Old Town  ")
		client.SendPieces("Old T", "own\nNew", " Town\n")
		client.Expect("a request may arrive in any number of pieces", "Old Town\nNew Town\n")
		client.Send("\nHarbour\nAirport\n")
		client.CloseWrite()
		client.Expect("requests that arrive together are all answered, even an empty one", "\nHarbour\nAirport\n")
		client.ExpectEOF("the server ends the conn after the last answer")
		server.ExpectRunning("Run runs until ctx is done or Accept fails")
	})
}

func TestClients_R2(t *testing.T) {
	peer.Run(t, "R2: no client waits for another", func(b *peer.Bench) {
		srv := newDesk().server()
		server := b.Named("Server.Run").Serve(func(ln net.Listener) error { return srv.Run(b.Context(), ln) })
		b.Dial(server) // it stays silent
		rude := b.Dial(server)
		rude.Send("Har")
		rude.Reset()
		half := b.Dial(server)
		half.SendPieces("Har", "")
		client := b.Dial(server)
		order(client, "a client is served while others send no request, or are gone", "Airport")
		half.Send("bour\n")
		half.Expect("the client with half a request is served when the rest arrives", "Harbour\n")
		order(client, "the other client is still served", "Old Town")
	})
}

func TestStopIdle_R3(t *testing.T) {
	peer.Run(t, "R3: when ctx is done, the listener closes and idle conns get FIN at once", func(b *peer.Bench) {
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		d := newDesk()
		server := serve(b, ctx, d.server())
		silent, half, served := b.Dial(server), b.Dial(server), b.Dial(server)
		half.SendPieces("Har", "")
		order(served, "the client gets its answer", "Airport")
		served.Send("map\n")
		served.Expect("an answer is sent as it is", "the harbour\n\n\n")
		b.Until("the server waits for requests", b.AtRest)
		began := b.Elapsed()
		b.Note("ctx is canceled")
		stop()
		depart(silent, "the server ends the conn of a client that has sent nothing")
		depart(half, "the server ends the conn of a client whose request is not complete")
		depart(served, "the server ends the conn of a client that was answered")
		server.ExpectRefused("Run closes the listener")
		b.NoError("a stop is no error", server.Result("Run returns when all conns are closed"))
		b.AtMost("neither Idle nor Read has to pass", b.Elapsed()-began, 8*time.Second)
		b.Equal("half a request is none", "Airport, map", d.handled())

		late := serve(b, ctx, d.server())
		b.NoError("a stop is no error", late.Result("Run returns if ctx is done before the call"))
		late.ExpectRefused("Run closes the listener even then")
	}, peer.Virtual, peer.Loopback)
}

func TestStopBusy_R4(t *testing.T) {
	peer.Run(t, "R4: a request in flight at the stop is answered, and then Run returns nil", func(b *peer.Bench) {
		ctx, stop := context.WithTimeout(context.WithValue(b.Context(), stationKey{}, "North Station"), time.Second)
		defer stop()
		d := newDesk()
		server := serve(b, ctx, d.server())
		long, short, late := b.Dial(server), b.Dial(server), b.Dial(server)
		idle, half := b.Dial(server), b.Dial(server)
		long.Send("wait 10s\n")
		short.Send("wait 3s\n")
		short.CloseWrite()
		late.StopReading()
		late.Send("brochure\n")
		half.Send("Har")
		b.Advance(time.Second)
		b.Note("ctx is done: deadline exceeded")
		depart(idle, "an idle conn does not wait for requests of other clients")
		depart(half, "nor does one whose request is not complete")
		server.ExpectRefused("Run closes the listener while requests are in flight")
		b.Equal("the listener and the idle conns close at once", at(time.Second), at(b.Elapsed()))
		server.ExpectRunning("Run waits for the requests in flight")
		short.Expect("a request in flight is answered, even if the client has half-closed", "wait 3s\n")
		depart(short, "the conn ends after that answer")
		b.Equal("the conn ends as soon as its answer is sent", at(3*time.Second), at(b.Elapsed()))
		late.ResumeReading()
		late.Expect("an answer that is being sent when the stop begins is sent to its end", brochure()+"\n")
		depart(late, "the conn ends after that answer")
		long.Expect("every request in flight is answered", "wait 10s\n")
		depart(long, "the conn ends after that answer")
		b.NoError("every client was served", server.Result("Run returns when the last conn is closed"))
		b.Equal("Run returns as soon as the last conn is closed", at(10*time.Second), at(b.Elapsed()))
		canceled, _, station := d.seen()
		b.Equal("a stop alone cancels no ctx of Handle", 0, canceled)
		b.Equal("the ctx of Handle has the values of Run's ctx", any("North Station"), station)
	}, peer.Virtual)
}

func TestIdle_R5(t *testing.T) {
	peer.Run(t, "R5: an idle client gets FIN after exactly Idle, however long Handle takes", func(b *peer.Bench) {
		d := newDesk()
		server := serve(b, b.Context(), d.server())
		silent, client := b.Dial(server), b.Dial(server)
		b.Advance(time.Millisecond)
		next := b.Dial(server)
		b.Advance(20*time.Second - time.Millisecond)
		order(client, "the client gets its answer", "Harbour")
		depart(silent, "the server ends the conn of a client that sends nothing")
		b.Equal("the conn ends when Idle has passed since Accept", at(30*time.Second), at(b.Elapsed()))
		depart(next, "the server ends the conn of the next client as well")
		b.Equal("each conn has an Idle of its own", at(30*time.Second+time.Millisecond), at(b.Elapsed()))
		b.Advance(19*time.Second - time.Millisecond)
		client.Send("Airport\nwait 50s\n")
		client.Expect("the previous answer was 19s ago, which is less than Idle", "Airport\n")
		b.Equal("the answer to Airport does not wait for the next request, which takes Handle 50s", at(49*time.Second), at(b.Elapsed()))
		client.Expect("the next request is answered as well", "wait 50s\n")
		b.Equal("Idle does not limit Handle", at(99*time.Second), at(b.Elapsed()))
		b.Advance(29 * time.Second)
		order(client, "Idle begins again with each answer", "Airport")
		depart(client, "the server ends the conn of a client that sends nothing more")
		b.Equal("the conn ends when Idle has passed since the last answer", at(158*time.Second), at(b.Elapsed()))
		canceled, _, _ := d.seen()
		b.Equal("no limit cancels the ctx of Handle", 0, canceled)
	}, peer.Virtual)
}

func TestForced_R6(t *testing.T) {
	peer.Run(t, "R6: after Grace, Run resets conns, cancels handlers and returns ErrForced", func(b *peer.Bench) {
		ctx, stop := context.WithCancelCause(b.Context())
		d := newDesk()
		srv := d.server()
		srv.Write = time.Hour
		server := serve(b, ctx, srv)
		deaf, keen, slow := b.Dial(server), b.Dial(server), b.Dial(server)
		slow.StopReading()
		slow.Send("brochure\n")
		deaf.Send("wait 1h\n")
		keen.Send("obey\n")
		b.Advance(25 * time.Second) // longer than Grace, which begins with the stop
		b.Note("ctx is canceled")
		stop(errEvening)
		b.Advance(19 * time.Second)
		server.ExpectRunning("Run waits for Grace")
		canceled, _, _ := d.seen()
		b.Equal("no handler is canceled before Grace is over", 0, canceled)
		deaf.ExpectQuiet("no conn is reset before Grace is over")
		err := server.Result("Run returns although a handler ignores its ctx")
		b.Equal("Run returns when Grace has passed since the stop", at(45*time.Second), at(b.Elapsed()))
		b.ErrorIs("Run says that the stop was forced", err, graceful.ErrForced)
		b.ErrorIs("Run says why it had to stop", err, errEvening)
		deaf.ExpectReset("the conn of the handler that ignores its ctx is reset")
		b.Settle()
		canceled, cause, _ := d.seen()
		b.Equal("the handler that obeys its ctx has ended", 1, canceled)
		b.ErrorIs("the handler learns that the stop was forced", cause, graceful.ErrForced)
		b.ErrorIs("the handler learns why the server had to stop", cause, errEvening)
		keen.ExpectClosed("the conn of that handler is closed without an answer")
		b.Advance(time.Hour) // until the other handler returns
	}, peer.Virtual)
}
