package chat_test

import (
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	chat "socketkata/exercises/10-chat"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestBrokenConn_R11(t *testing.T) {
	peer.Run(t, "R11: a broken conn costs no other member anything", func(b *peer.Bench) {
		forCarol := len("* here: anna, ben, carol\n* dan joined\n* erin joined\n* fay joined\n")
		forErin := len("* here: anna, ben, carol, dan, erin\n* fay joined\n")
		server := b.Serve(room().Serve, fault.EveryConn(
			onlyConn(3, fault.FailWrite(int64(forCarol), errCable)),
			onlyConn(5, fault.FailWrite(int64(forErin), errCable)),
			onlyConn(7, fault.FailRead(int64(len("gus\n")), syscall.ETIMEDOUT)),
			onlyConn(8, fault.FailWrite(0, errCable)),
			onlyConn(10, fault.DataWithEOF),
			onlyConn(11, fault.EmptyReads),
		))
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		carol := joined(b, server, "carol", anna, ben)
		dan := joined(b, server, "dan", anna, ben, carol)
		erin := joined(b, server, "erin", anna, ben, carol, dan)
		fay := joined(b, server, "fay", anna, ben, carol, dan, erin)
		anna.Send("line 4 is late\n")
		for _, other := range []driver{ben, dan, fay} {
			other.expectAnyOrder(b, "the Writes to carol and erin fail, and all others get the line",
				"anna: line 4 is late", "* carol left", "* erin left")
		}
		anna.expectAnyOrder(b, "a member to whom a Write fails is dropped", "* carol left", "* erin left")
		carol.ExpectClosed("the hub closes the conn of a member that is dropped")
		erin.ExpectClosed("the hub closes the conn of a member that is dropped")
		dan.says("nobody is told twice", "how late?", anna, ben, fay)
		gus := b.Dial(server)
		gus.Send("gus\n")
		for _, other := range []driver{anna, ben, dan, fay} {
			other.Expect("reading from gus fails after his name: any error ends the stream, even ETIMEDOUT", "* gus joined\n* gus left\n")
		}
		gus.ReadUntilClosed("the hub closes the conn from which reading fails")
		nameless := b.Dial(server)
		nameless.Send("Anna\n") // and the Write of the refusal fails
		nameless.CloseWrite()
		nameless.ReadUntilClosed("the hub closes the conn of a client that has sent FIN")
		carol = joined(b, server, "carol", anna, ben, dan, fay)
		carol.says("the hub carries on", "it was the cable", anna, ben, dan, fay)
		for _, reason := range []string{"a Read returns the last lines and io.EOF together", "a Read returns 0 bytes and no error, and ends nothing"} {
			hal := b.Dial(server)
			hal.Send("hal\nwhich cable?\n")
			hal.CloseWrite()
			for _, other := range []driver{anna, ben, carol, dan, fay} {
				other.Expect(reason, "* hal joined\nhal: which cable?\n* hal left\n")
			}
			hal.ReadUntilClosed("the hub closes the conn of a client that has sent FIN")
		}
		adjourn(anna, ben, carol, dan, fay)
	})
}

func TestChurn_R12(t *testing.T) {
	peer.Run(t, "R12: list and notices add up while members come and go", func(b *peer.Bench) {
		server, start := serveAtOnce(b, room(), 20)
		rivals := b.Crowd(server, 20)
		rivals.Each(func(_ int, client *peer.Peer) { client.Send("boss\n") })
		start()
		b.Equal("one of 20 clients gets the name that all ask for at once", 1, winners(rivals))

		hub := room()
		server, start = serveAtOnce(b, hub, 30)
		first := arrive(b, server, "driver", 30)
		start()
		for _, w := range first {
			b.Equal("list and notices name every member once", "", w.testify(func() bool { return len(w.names()) == 30 }))
		}
		watching := watchWho(b, hub)
		for i, w := range first[12:] {
			depart(w, i%3)
		}
		second := arrive(b, server, "relief", 10)
		stayed := append(first[:12:12], second...)
		here := make([]string, len(stayed))
		for i, w := range stayed {
			here[i] = w.name
		}
		slices.Sort(here)
		for i, w := range stayed {
			settled := func() bool { return slices.Equal(w.names(), here) }
			if i < 12 {
				b.Equal("list and notices name every member once", "", w.goOn(settled))
			} else {
				b.Equal("list and notices name every member once", "", w.testify(settled))
			}
		}
		watching.stop(b)
		b.Equal("Who returns the members", strings.Join(here, ", "), who(b, hub))
	})
}

func TestForgets_R13(t *testing.T) {
	peer.Run(t, "R13: the hub forgets every client that has left", func(b *peer.Bench) {
		expectNamesake(b)
		conns, hub := b.Census(), room()
		server := b.Serve(hub.Serve, fault.EveryConn(conns.Conn))
		anna := joined(b, server, "anna")
		ends := []func(*peer.Peer){(*peer.Peer).Close, (*peer.Peer).Reset,
			func(p *peer.Peer) { p.Send(strings.Repeat("x", maxLine+1) + "\n") }}
		for i := range 100 {
			nameless := b.Dial(server)
			nameless.Send("Anna\n")
			nameless.Expect("the name is refused", chat.Refused)
			ends[i%len(ends)](nameless)
			ben := joined(b, server, "ben", anna)
			anna.says("ben gets the line", "07:15 depot", ben)
			ends[i%len(ends)](ben.Peer)
			anna.Expect("ben has left", "* ben left\n")
		}
		conns.ExpectAtMost("the hub forgets the conns of clients that have left", 20)
	}, peer.Memory)
}

// expectNamesake lets a client take the name of one that has left, while the Write
// to that one has not returned yet.
func expectNamesake(b *peer.Bench) {
	b.Helper()
	hub, hold := room(), fault.NewHold()
	defer hold.Release()
	server := b.Serve(hub.Serve, fault.EveryConn(onlyConn(1, hold.Conn)))
	first := b.Dial(server)
	first.Send("anna\n")
	b.Until("the Write of her list begins, and does not return", hold.Holds)
	first.CloseWrite()
	first.ExpectClosed("the hub closes the conn of a client that has sent FIN")
	if len(hub.Who()) > 0 {
		hold.Release() // the hub waits for that Write
		b.Until("the first anna has left", func() bool { return len(hub.Who()) == 0 })
	}
	anna := join(b, server, "anna", "anna")
	hold.Release()
	b.Until("nothing of the first anna is left", b.AtRest)
	b.Equal("the end of the first anna costs the second one nothing", "anna", who(b, hub))
	adjourn(anna)
}

func TestServeEnds_R14(t *testing.T) {
	peer.Run(t, "R14: however Serve ends, no conn and no goroutine is left", func(b *peer.Bench) {
		hub := room()
		server := b.Serve(hub.Serve, fault.FailAccept(nil, errCable))
		client := b.Dial(server)
		b.ErrorIs("Serve returns the error of Accept", server.Result("Accept fails"), errCable)
		client.ExpectClosed("Serve closes every conn")
		server.ExpectRefused("Serve closes its listener")
		closeHub(b, hub)

		server = b.Serve(room().Serve)
		anna := joined(b, server, "anna")
		ben, nameless := joined(b, server, "ben", anna), b.Dial(server)
		server.Close()
		b.ErrorIs("Serve returns the error of Accept: the program has closed the listener, and nobody called Close", server.Result("the listener is closed"), net.ErrClosed)
		anna.ExpectClosed("Serve closes every conn")
		ben.ExpectClosed("Serve closes every conn")
		nameless.ExpectClosed("Serve closes every conn")

		hub = room()
		closeHub(b, hub)
		server = b.Serve(hub.Serve)
		b.NoError("Serve returns nil if Close came first", server.Result("Close came before Serve"))
		server.ExpectRefused("Serve closes its listener")

		hub, slow := room(), fault.NewHold()
		defer slow.Release()
		server = b.Serve(hub.Serve, slow.Listener)
		late := b.Dial(server)
		b.Until("the conn is accepted, but Accept has not returned it yet", slow.Holds)
		closeHub(b, hub)
		slow.Release()
		b.NoError("Serve returns nil after Close", server.Result("Accept has returned a conn after Close"))
		late.ExpectClosed("Serve closes a conn that Accept returns after Close as well")

		hub = room()
		server = b.Serve(hub.Serve, fault.EveryConn(fault.FailClose(errCable)), fault.FailCloseListener(errCable),
			fault.FailAcceptAfterClose(errCable))
		anna = joined(b, server, "anna")
		ben = joined(b, server, "ben", anna)
		anna.Reset()
		ben.Expect("a client that resets has left", "* anna left\n")
		closeHub(b, hub)
		b.NoError("Serve returns nil after Close, whatever conns and listener have returned", server.Result("Close ends Serve"))
		ben.ExpectClosed("Serve closes every conn")

		held, hold := newHeldConn(b), fault.NewHold()
		defer hold.Release()
		expectWait(b, "a goroutine that reads from anna has not ended yet", held.wrap, held.isReading, func() { close(held.open) })
		expectWait(b, "a goroutine that writes to anna has not ended yet", hold.Conn, hold.Holds, hold.Release)

		silent := newHeldConn(b)
		server = b.Serve(room().Serve, fault.EveryConn(silent.wrap))
		b.Dial(server)
		b.Until("Serve reads from a client without a name", silent.isReading)
		server.Close()
		server.ExpectRunning("the goroutine that reads from it has not ended yet")
		close(silent.open)
		b.ErrorIs("Serve returns the error of Accept", server.Result("every goroutine has ended"), net.ErrClosed)
	}, peer.Virtual, peer.Loopback)
}

// expectWait checks that Serve, after Close, waits for what the wrapper holds. It
// calls Close only when that has begun: no later Read or Write has to come.
func expectWait(b *peer.Bench, reason string, wrap func(net.Conn) net.Conn, begun func() bool, release func()) {
	b.Helper()
	hub := room()
	server := b.Serve(hub.Serve, fault.EveryConn(wrap))
	client := b.Dial(server)
	client.Send("anna\n")
	b.Until("the Read or Write has begun", func() bool { return len(hub.Who()) == 1 && begun() })
	closeHub(b, hub)
	server.ExpectRunning(reason)
	release()
	b.NoError("Serve returns nil after Close", server.Result("every goroutine has ended"))
	b.Equal("Who returns nobody once Serve has returned", "", who(b, hub))
}

// expectRound lets carol say lines for which two members have no room, and the
// notices about these find none for carol.
func expectRound(b *peer.Bench, server *peer.Server, gates *gates, anna, ben, dan driver) {
	b.Helper()
	carol := joined(b, server, "carol", anna, ben, dan)
	beforeCarol := gates.last()
	erin := joined(b, server, "erin", anna, ben, dan, carol)
	beforeErin := gates.last()
	fay := joined(b, server, "fay", anna, ben, dan, carol, erin)
	block(b, beforeCarol, anna, ben, dan, erin, fay)
	block(b, beforeErin, anna, ben, dan, fay)
	block(b, gates.last(), anna, ben, dan)
	for range 7 {
		anna.says("ben and dan do not wait for the others", "07:25 depot", ben, dan)
	}
	carol.Send("1\n2\n3\n4\n5\n") // erin has no room for the third; fay has none for the notice
	for _, other := range []driver{anna, ben, dan} {
		w := &witness{driver: other, counted: map[string]int{},
			here: map[string]bool{"anna": true, "ben": true, "dan": true, "carol": true, "erin": true, "fay": true}}
		b.Equal("a notice drops members as a line does, and carol says nothing after she has left", "",
			w.goOn(func() bool { return len(w.names()) == 3 }))
	}
	b.Until("the hub is at rest", b.AtRest)
	dan.says("nobody is told twice, and carol says nothing after she has left", "how late?", anna, ben)
}
