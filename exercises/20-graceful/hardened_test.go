package graceful_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	graceful "socketkata/exercises/20-graceful"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestRead_R7(t *testing.T) {
	peer.Run(t, "R7: a request that takes longer than Read is never handled", func(b *peer.Bench) {
		d := newDesk()
		server := serve(b, b.Context(), d.server())
		client := b.Dial(server)
		order(client, "the client gets its answer", "Harbour")
		b.Advance(20 * time.Second)
		client.Send("Air")
		b.Advance(9 * time.Second)
		client.Send("port\n")
		client.Expect("Read begins with the first byte of a request", "Airport\n")
		began := b.Elapsed()
		for _, letter := range "New" {
			b.Advance(3 * time.Second)
			client.Send(string(letter))
		}
		depart(client, "the server ends the conn although more of the request trickles in")
		b.Equal("the conn ends when Read has passed since the first byte", 13*time.Second, b.Elapsed()-began)
		brief := newDesk().server()
		brief.Idle = 5 * time.Second // less than Read
		client = b.Dial(serve(b, b.Context(), brief))
		client.Send("Air")
		b.Advance(9 * time.Second)
		client.Send("port\n")
		client.Expect("Idle does not limit a request that has begun", "Airport\n")
		began = b.Elapsed()
		depart(client, "the server ends the conn of a client that sends nothing more")
		b.Equal("Idle counts, even if Read is longer", 5*time.Second, b.Elapsed()-began)
		for _, more := range []string{"", "Town"} {
			client := b.Dial(server)
			client.Send("wait 15s\nOld ")
			client.Expect("Read does not limit Handle", "wait 15s\n")
			began := b.Elapsed()
			b.Advance(4 * time.Second)
			if more != "" {
				client.Send(more)
			}
			depart(client, "the server ends the conn of a client that has sent only a part of its next request")
			b.Equal("the conn ends 10s after the previous answer if a part of the request came before", 10*time.Second, b.Elapsed()-began)
		}
		for _, reads := range []struct {
			how  string
			wrap func(net.Conn) net.Conn
		}{
			{"", func(c net.Conn) net.Conn { return c }},
			{", even if Read returns it together with io.EOF", fault.DataWithEOF},
			{", even if some Reads return no byte and no error", fault.EmptyReads},
		} {
			hasty := b.Dial(serve(b, b.Context(), d.server(), fault.EveryConn(reads.wrap)))
			hasty.Send("wait 2s\nMuse")
			hasty.CloseWrite()
			hasty.Expect("a complete request before the client's FIN is answered"+reads.how, "wait 2s\n")
			hasty.ExpectEOF("a part of a request before the client's FIN is not")
		}
		b.Equal("Handle gets complete requests only", "Harbour, Airport, wait 15s, wait 15s, wait 2s, wait 2s, wait 2s", d.handled())
	}, peer.Virtual)
}

func TestWrite_R8(t *testing.T) {
	peer.Run(t, "R8: a client that does not take its answer within Write is dropped", func(b *peer.Bench) {
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		server := serve(b, ctx, newDesk().server())
		patient, greedy := b.Dial(server), b.Dial(server)
		for range 2 {
			patient.StopReading()
			patient.Send("brochure\n")
			b.Advance(4 * time.Second)
			patient.ResumeReading()
			patient.Expect("a client may take its answer late, but within Write", brochure()+"\n")
			b.Advance(4 * time.Second)
		}
		greedy.StopReading()
		greedy.Send("brochure\n")
		for range 4 {
			b.Advance(time.Second)
			greedy.Take(100_000)
		}
		b.Advance(time.Second + time.Millisecond)
		greedy.ResumeReading()
		taken := greedy.ReadUntilClosed("the server closes the conn of a client that takes too long")
		b.Less("Write limits the whole answer, even if the client takes some of it every second", len(taken), len(brochure()))
		order(patient, "other clients are still served", "Harbour")
		patient.Close()
		gone := b.Dial(server)
		b.Settle()
		gone.Reset()
		b.Settle()
		began := b.Elapsed()
		stop()
		b.NoError("every conn is closed already", server.Result("Run returns"))
		b.Equal("Run does not wait for the FIN of a client that it has dropped, or that has reset its conn", time.Duration(0), b.Elapsed()-began)
	}, peer.Virtual)
}

func TestNoneStarts_R9(t *testing.T) {
	peer.Run(t, "R9: a request that has not started at the stop gets FIN, no answer", func(b *peer.Bench) {
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		d := newDesk()
		server := serve(b, ctx, d.server())
		idle, eager := b.Dial(server), b.Dial(server)
		eager.SendAsync("hold\n" + strings.Repeat("Harbour\n", 16<<10)) // more than anybody reads ahead
		b.Until("the first request is in flight, so the conn before it is accepted", func() bool { return d.handled() == "hold" })
		b.Note("ctx is canceled")
		stop()
		depart(idle, "the server ends an idle conn")
		b.Until("the server only waits for the request in flight", b.AtRest)
		close(d.gate)
		eager.Expect("the request in flight is answered", "hold\n")
		depart(eager, "after that the client sees EOF, not a reset, although it has sent more")
		b.NoError("every request in flight was answered", server.Result("Run returns when all conns are closed"))
		b.Equal("Handle is not called after the stop", "hold", d.handled())
		lateConn(b)
		newlyIdle(b)
	}, peer.Virtual, peer.Loopback)
}

// lateConn stops a server whose Accept has a conn that it has not returned.
func lateConn(b *peer.Bench) {
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	hold := fault.NewHold()
	defer hold.Release()
	d := newDesk()
	server := serve(b, ctx, d.server(), hold.Listener)
	late := b.Dial(server)
	late.Send("Harbour\n")
	b.Until("the conn is accepted, but Accept has not returned it yet", hold.Holds)
	b.Note("ctx is canceled")
	stop()
	server.ExpectRefused("Run closes the listener")
	b.Until("the server only waits for Accept", b.AtRest)
	hold.Release()
	depart(late, "a conn that Accept returns after the stop sees EOF as well")
	b.NoError("no request was in flight", server.Result("Run returns when all conns are closed"))
	b.Equal("Handle is not called after the stop", "", d.handled())
}

func TestLinger_R10(t *testing.T) {
	peer.Run(t, "R10: after its FIN the server drops input, for Linger at most", func(b *peer.Bench) {
		b.Equal("Run returns when the client has closed its side as well", 400*time.Millisecond, farewell(b, "", 0, func(client *peer.Peer) {
			b.Advance(400 * time.Millisecond)
			client.Close()
		}))
		b.Equal("Run waits for Linger if the client goes on sending", graceful.Linger, farewell(b, "", 0, func(client *peer.Peer) {
			for range 3 {
				b.Advance(300 * time.Millisecond)
				client.Send(strings.Repeat("Harbour\n", 128<<10))
			}
		}))
		silent := func(*peer.Peer) {}
		b.Equal("Run returns at the end of Linger: a stop neither cuts off Linger nor begins it again", 600*time.Millisecond, farewell(b, "", 30*time.Second+400*time.Millisecond, silent))
		b.Equal("a request that takes too long ends in the same way", 600*time.Millisecond, farewell(b, "Har", 10*time.Second+400*time.Millisecond, silent))
		b.Equal("a request that fails ends in the same way", 600*time.Millisecond, farewell(b, "refund\n", 400*time.Millisecond, silent))
		b.Equal("a request that is too long ends in the same way", 600*time.Millisecond, farewell(b, strings.Repeat("a", 82)+"\n", 400*time.Millisecond, silent))
		b.Equal("after Linger the conn is closed", time.Duration(0), farewell(b, "", 32*time.Second, silent))

		ctx, stop := context.WithCancel(b.Context())
		server := serve(b, ctx, newDesk().server())
		busy := b.Dial(server)
		busy.Send("wait 5s\n")
		b.Settle()
		began := b.Elapsed()
		b.Note("ctx is canceled")
		stop()
		busy.Expect("the request in flight is answered", "wait 5s\n")
		busy.ExpectEOF("the server ends the conn after that")
		b.NoError("the request in flight was answered", server.Result("Run returns"))
		b.Equal("Linger begins with FIN, however long ago the stop was", 5*time.Second+graceful.Linger, b.Elapsed()-began)

		ctx, stop = context.WithCancel(b.Context())
		srv := newDesk().server()
		srv.Grace = 400 * time.Millisecond
		server = serve(b, ctx, srv)
		client := b.Dial(server)
		b.Settle()
		began = b.Elapsed()
		b.Note("ctx is canceled")
		stop()
		client.ExpectEOF("the server ends the conn")
		b.ErrorIs("a conn is still open when Grace is over", server.Result("Run returns when Grace is over"), graceful.ErrForced)
		b.Equal("Run returns when Grace is over, even if Linger is longer", srv.Grace, b.Elapsed()-began)
		b.Settle()
		b.Equal("the conn is reset, so no goroutine waits for the client's FIN any more", 0, b.Goroutines())
	}, peer.Virtual)
}

// farewell stops a server some time after its only client has sent something,
// lets the client act after the server's FIN, and returns how long the stop took.
func farewell(b *peer.Bench, sent string, silence time.Duration, act func(client *peer.Peer)) time.Duration {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	d := newDesk()
	server := serve(b, ctx, d.server())
	client := b.Dial(server)
	if sent != "" {
		client.Send(sent)
	}
	b.Advance(silence)
	before := d.handled()
	began := b.Elapsed()
	b.Note("ctx is canceled")
	stop()
	client.ExpectEOF("the server ends the conn")
	act(client)
	b.NoError("no request was in flight", server.Result("Run returns"))
	b.Equal("Handle gets nothing that arrives after the server's FIN", before, d.handled())
	return b.Elapsed() - began
}

func TestUnwanted_R11(t *testing.T) {
	peer.Run(t, "R11: a request that is too long or fails ends its conn only", func(b *peer.Bench) {
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		d := newDesk()
		server := serve(b, ctx, d.server())
		witness := b.Dial(server)
		longest := strings.Repeat("a", 78) + "é" // of two bytes
		order(witness, "a request may have MaxLine bytes", longest)
		for _, long := range []string{longest + "a\nHarbour\n", strings.Repeat("a", 128<<10)} {
			client, began := b.Dial(server), b.Elapsed()
			client.Send(long)
			depart(client, "the server ends the conn of a client whose request is too long")
			b.AtMost("the server does not wait for the end of that request", b.Elapsed()-began, 8*time.Second)
		}
		client := b.Dial(server)
		client.SendAsync("Airport\nrefund\n" + strings.Repeat("Harbour\n", 16<<10))
		client.Expect("a request before the one that fails is answered", "Airport\n")
		depart(client, "the server ends the conn of a client whose request fails")
		order(witness, "another client is still served", "Old Town")
		b.Until("the server waits for requests", b.AtRest)
		stop()
		depart(witness, "the stop ends an idle conn")
		b.NoError("a request that failed is no error of Run", server.Result("Run returns when all conns are closed"))
		b.Equal("Handle gets no request that is too long or comes after a failure",
			longest+", Airport, refund, Old Town", d.handled())
		strict := d.server()
		strict.MaxLine = 8
		server = serve(b, b.Context(), strict)
		client = b.Dial(server)
		order(client, "a request may have 8 bytes, because MaxLine is 8", "Old Town")
		client.Send("Old Towns\n") // bufio.NewReaderSize makes no small buffers
		depart(client, "the server ends the conn of a client whose request has 9 bytes, because MaxLine is 8")
		generous := d.server()
		generous.MaxLine = 200_000
		order(b.Dial(serve(b, b.Context(), generous)), "a request may have 200,000 bytes, because MaxLine is as much", strings.Repeat("a", 200_000))
		client = b.Dial(server)
		client.Send("Old Town\r\r\n")
		depart(client, "only the last \"\\r\" may be removed, so this request has more than MaxLine bytes")
	}, peer.Virtual, peer.Loopback)
}
