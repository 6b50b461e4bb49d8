package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"socketkata/harness/peer"
)

func TestList_R1(t *testing.T) {
	peer.Run(t, "R1: a client gives its name and gets the list of members", func(b *peer.Bench) {
		server := serve(b, room())
		ben := b.Dial(server)
		ben.Send("ben\n")
		ben.Expect("the first member is alone", "* here: ben\n")
		carol := b.Dial(server)
		carol.Send("carol\n")
		carol.Expect("the list has the members and the new one", "* here: ben, carol\n")
		anna := b.Dial(server)
		anna.Send("anna\n")
		anna.Expect("the list is in alphabetical order", "* here: anna, ben, carol\n")
		leave(ben, carol, anna)
	})
}

func TestLine_R2(t *testing.T) {
	peer.Run(t, "R2: a line goes to every other member, not to its sender", func(b *peer.Bench) {
		server := serve(b, room())
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		carol := joined(b, server, "carol", anna, ben)
		ben.says("every other member gets the line", "line 4 is late", anna, carol)
		carol.says("ben gets carol's line, and did not get his own", "how late?", anna, ben)
		lines := strings.Repeat("5 minutes\n10 minutes\n", 20)
		ben.Send(lines)
		carol.Expect("two lines that arrive together are both passed on, as are 40", fromDriver("ben", lines))
		anna.Expect("two lines that arrive together are both passed on, as are 40", fromDriver("ben", lines))
		dan := driver{b.Dial(server), "dan"}
		dan.Send("dan\nline 7, too\n")
		dan.Expect("the first of two lines that arrive together is the name", "* here: anna, ben, carol, dan\n")
		for _, other := range []driver{anna, ben, carol} {
			other.Expect("the second of two lines that arrive together is passed on", "* dan joined\ndan: line 7, too\n")
		}
		adjourn(anna, ben, carol, dan)
	})
}

func TestNotices_R3(t *testing.T) {
	peer.Run(t, "R3: members are told, once, who joins and who leaves", func(b *peer.Bench) {
		server := serve(b, room())
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		for range 2 {
			carol := joined(b, server, "carol", anna, ben)
			carol.Send("line 7 is full\n")
			carol.CloseWrite()
			anna.Expect("lines sent before the FIN are passed on before the notice", "carol: line 7 is full\n* carol left\n")
			ben.Expect("lines sent before the FIN are passed on before the notice", "carol: line 7 is full\n* carol left\n")
			carol.ExpectClosed("the hub closes the conn of a client that has sent FIN")

			carol = joined(b, server, "carol", anna, ben)
			carol.Close()
			anna.Expect("a client that closes has left, and its name was free again", "* carol left\n")
			ben.Expect("a client that closes has left, and its name was free again", "* carol left\n")

			carol = joined(b, server, "carol", anna, ben)
			carol.Reset()
			anna.Expect("a client that resets has left", "* carol left\n")
			ben.Expect("a client that resets has left", "* carol left\n")
		}
		anna.says("nobody is told twice", "all quiet", ben)
		adjourn(ben, anna)
	})
}

func TestName_R4(t *testing.T) {
	peer.Run(t, "R4: without a valid, free name a client takes no part", func(b *peer.Bench) {
		server := serve(b, room())
		anna := joined(b, server, "a")
		ben := joined(b, server, "ben", anna)
		client, silent := b.Dial(server), b.Dial(server)
		silent.Send("carl") // and no newline
		for _, row := range []struct{ reason, name string }{
			{"the name is taken", "ben\n"},
			{`the name is taken, and "\r\n" ends its line`, "ben\r\n"},
			{"a name has at least one character", "\n"},
			{"a blank is not part of a name", "carol \n"},
			{"a blank is not part of a name", " carol\n"},
			{"capitals are not part of a name", "Carol\n"},
			{"an accent is not part of a name", "b\u00e9n\n"},
			{"a name has only a to z and 0 to 9", "carol:\n"},
			{"a name has only a to z and 0 to 9", "* carol\n"},
			{`only one "\r" belongs to the line ending`, "carol\r\r\n"},
			{"a name has only a to z and 0 to 9", "driver\u0663\n"},
			{"a name has at most 16 characters", "driverofline1234x\n"},
			{"the name is taken", "ben\n"},
		} {
			client.Send(row.name)
			client.Expect("a wrong name is refused, and the client may try another: "+row.reason, "* name refused\n")
		}
		quitter := b.Dial(server)
		quitter.Send("Carol\nben\n")
		quitter.Expect("two names that arrive together are both refused", "* name refused\n* name refused\n")
		quitter.CloseWrite()
		quitter.ExpectClosed("the hub closes the conn of a client that has sent FIN")
		ben.says("anna gets the line", "is anybody there?", anna)
		client.SendPieces("driverof", "line1234\r", "\n")
		client.Expect("a name has up to 16 characters, and no line came before it", "* here: a, ben, driverofline1234\n")
		driver16 := driver{client, "driverofline1234"}
		ben.Expect("nobody was told of clients without a name", "* driverofline1234 joined\n")
		anna.Expect("nobody was told of clients without a name", "* driverofline1234 joined\n")
		zed := joined(b, server, "0z9", anna, ben, driver16)
		silent.CloseWrite()
		silent.ExpectClosed("part of a line is no name")
		zed.says("nobody is told that a client without a name leaves", "hello", anna, ben, driver16)
		adjourn(zed, ben, driver16, anna)
	})
}

func TestMany_R5(t *testing.T) {
	peer.Run(t, "R5: lines of 12 members arrive whole, each sender's in order", func(b *peer.Bench) {
		const members, lines = 12, 20
		var all strings.Builder
		for i := range lines {
			fmt.Fprintln(&all, i+1)
		}
		server := serve(b, room())
		clients := b.Crowd(server, members)
		witnesses := make([]*witness, members)
		clients.Each(func(i int, client *peer.Peer) {
			witnesses[i] = &witness{driver: driver{client, fmt.Sprintf("driver%d", i+1)}}
			client.Send(witnesses[i].name + "\n")
		})
		for _, w := range witnesses {
			b.Equal("each member learns of all others", "", w.testify(func() bool { return len(w.names()) == members }))
		}
		clients.Each(func(_ int, client *peer.Peer) { client.SendAsync(all.String()) })
		for _, w := range witnesses {
			got := 0
			b.Equal("each line arrives whole and in its sender's order", "", w.goOn(func() bool {
				got++
				return got > (members-1)*lines
			}))
		}
		leave(clients...)
	})
}

func TestClose_R6(t *testing.T) {
	peer.Run(t, "R6: Close ends Serve and every conn of this hub", func(b *peer.Bench) {
		hub, other := room(), room()
		b.Equal("Who returns nobody before Serve is called", "", who(b, hub))
		server, elsewhere := b.Serve(hub.Serve), b.Serve(other.Serve)
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		silent, nameless := b.Dial(server), b.Dial(server) // the answer to the second shows that the first was accepted
		nameless.Send("ben\n")
		nameless.Expect("the name is taken", "* name refused\n")
		namesake := joined(b, elsewhere, "anna")
		for range 2 {
			b.Equal("Who returns the members in a slice of the caller's own", "anna, ben", who(b, hub))
		}
		server.ExpectRunning("Serve runs until Close is called or Accept fails")
		closeHub(b, hub)
		for _, client := range []*peer.Peer{anna.Peer, ben.Peer, nameless, silent} {
			client.ExpectClosed("Close closes every conn, with a name or without, and sends nothing")
		}
		b.NoError("Serve returns nil after Close", server.Result("Close ends Serve"))
		server.ExpectRefused("the listener is closed")
		closeHub(b, hub)
		carol := joined(b, elsewhere, "carol", namesake)
		carol.says("another hub carries on", "hello", namesake)
		b.Equal("Who of another hub returns its own members", "anna, carol", who(b, other))
		closeHub(b, other)
		b.NoError("Serve of the other hub returns nil after its Close", elsewhere.Result("Close ends Serve"))
		namesake.ExpectClosed("Close of the other hub closes its conns as well")
	})
}
