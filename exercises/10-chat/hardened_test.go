package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	chat "socketkata/exercises/10-chat"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestLines_R7(t *testing.T) {
	full := strings.Repeat("07:15 bus", maxLine)[:maxLine]
	peer.Run(t, "R7: a line passes unchanged up to MaxLine bytes; a longer one ends membership", func(b *peer.Bench) {
		server := serve(b, room())
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		for _, row := range []struct{ reason, line string }{
			{"a percent sign is a byte like any other", "100% full, %d seats, %s!"},
			{"an empty line is a line", ""},
			{"blanks belong to the line", "  07:15\tdepot  "},
			{`"\r" alone does not end a line`, "old\rtown"},
			{`only one "\r" belongs to the line ending`, "depot\r"},
			{"bytes that are not UTF-8 belong to the line", "caf\u00e9 caf\xe9 \x00\xff"},
			{"a line may look like a notice", "* anna left"},
			{"the line has MaxLine bytes", full},
		} {
			ben.Send(row.line + "\r\n")
			anna.Expect(row.reason, "ben: "+row.line+"\n")
		}
		ben.SendPieces(full[:100], full[100:]+"\r", "\n07:")
		anna.Expect(`"\r" and "\n" may arrive in two pieces`, "ben: "+full+"\n")
		ben.SendPieces("25 ", "depot\n")
		anna.Expect("a line may arrive in pieces", "ben: 07:25 depot\n")
		tooLong := "no part of a line that is too long is passed on"
		for _, row := range []struct{ reason, end string }{
			{tooLong, "x\n"},
			{"no line after one that is too long is passed on", "x\n07:55\n"},
			{tooLong, "x\r\n"},
			{tooLong, "xx"},
			{`MaxLine+2 bytes are too long, even if the last one is "\r"`, "x\r"},
			{tooLong, "\rx\n"},
			{tooLong, strings.Repeat("x", 100_000)},
		} {
			carol := joined(b, server, "carol", anna, ben)
			carol.Send("07:40\n" + full + row.end)
			anna.Expect(row.reason, "carol: 07:40\n* carol left\n")
			ben.Expect(row.reason, "carol: 07:40\n* carol left\n")
			carol.ExpectClosed("the hub closes the conn without a word")
		}
		carol := joined(b, server, "carol", anna, ben)
		carol.Send("07:55 har")
		carol.CloseWrite()
		anna.Expect("a last line without line ending is not passed on", "* carol left\n")
		ben.Expect("a last line without line ending is not passed on", "* carol left\n")
		for _, end := range []string{"x\n", "xx"} {
			nameless := b.Dial(server)
			nameless.Send(full + "\n")
			nameless.Expect("a name of MaxLine bytes is refused", chat.Refused)
			nameless.Send(full + end)
			nameless.ExpectClosed("a name that is too long for a line ends the conn")
		}
		longest := joined(b, server, "driverofline1234", anna, ben)
		relief := joined(b, server, "relief", anna, ben, longest)
		longest.SendPieces(full[:100], "")
		relief.SendPieces("07:25 de", "")
		longest.Send(full[100:] + "\n")
		for _, other := range []driver{anna, ben, relief} {
			other.Expect("the longest name may say the longest line, apart from another client's", longest.name+": "+full+"\n")
		}
		adjourn(longest, relief, ben, anna)
		if !server.AtAddress() {
			expectLimit(b, 16)
			expectLimit(b, 100_000)
		}
	})
}

// expectLimit checks a room with this MaxLine.
func expectLimit(b *peer.Bench, limit int) {
	b.Helper()
	hub := room()
	hub.MaxLine = limit
	server := b.Serve(hub.Serve)
	anna := joined(b, server, "anna")
	ben := joined(b, server, "ben", anna)
	full := strings.Repeat("x", limit)
	ben.says(fmt.Sprintf("with a MaxLine of %d a line may have as many bytes", limit), full, anna)
	ben.Send(full + "xx")
	anna.Expect(fmt.Sprintf("with a MaxLine of %d as many bytes and 2 are too long", limit), "* ben left\n")
	adjourn(anna)
}

func TestStuckMember_R8(t *testing.T) {
	peer.Run(t, "R8: a member that never reads delays nobody", func(b *peer.Bench) {
		hub := &chat.Hub{Queue: 10_000, WriteTimeout: 24 * time.Hour, MaxLine: 1000}
		var refusal, list atomic.Bool // whether the Write has begun
		server := b.Serve(hub.Serve, fault.EveryConn(
			onlyConn(5, slowWrites(forever, &refusal)),
			onlyConn(6, slowWrites(forever, &list)),
		))
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		carol := joined(b, server, "carol", anna, ben)
		dan := joined(b, server, "dan", anna, ben, carol)
		b.Dial(server).Send("anna\n")
		b.Until("the Write of a refusal begins, and blocks", refusal.Load)
		dan.says("no member waits for a client that does not read its refusal", "line 4 is late", anna, ben, carol)
		b.Dial(server).Send("gus\n")
		b.Until("the Write of gus's list begins, and blocks", list.Load)
		for _, other := range []driver{anna, ben, carol, dan} {
			other.Expect("no member waits for gus, who does not read his list", "* gus joined\n")
		}
		for range 2 {
			carol.StopReading()
			dan.StopReading()
			anna.SendAsync(plenty())
			ben.Expect("ben gets every line although carol and dan do not read", fromDriver("anna", plenty()))
			b.Equal("Who does not wait for carol either", "anna, ben, carol, dan, gus", who(b, hub))
			carol.ResumeReading()
			carol.Expect("carol reads again and has lost nothing", fromDriver("anna", plenty()))
			dan.ResumeReading()
			dan.Expect("dan reads again and has lost nothing", fromDriver("anna", plenty()))
		}
		carol.StopReading()
		anna.SendAsync(plenty())
		dan.Expect("dan gets every line although carol does not read", fromDriver("anna", plenty()))
		carol.SendAsync(plenty())
		dan.Expect("the hub reads carol's lines although she reads none", fromDriver("carol", plenty()))
		erin := b.Dial(server)
		erin.Send("erin\n")
		erin.Expect("a client can join meanwhile", "* here: anna, ben, carol, dan, erin, gus\n")
		closeHub(b, hub)
		b.NoError("Close ends a blocked Write", server.Result("Serve returns after Close"))
	}, peer.Memory)
}

func TestFullQueue_R9(t *testing.T) {
	peer.Run(t, "R9: a member for whom more than Queue lines wait is dropped", func(b *peer.Bench) {
		hub := &chat.Hub{Queue: 10, WriteTimeout: 24 * time.Hour, MaxLine: maxLine}
		gates := &gates{script: b.Context()}
		server := b.Serve(hub.Serve, fault.EveryConn(gates.wrap))
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		dan := joined(b, server, "dan", anna, ben)
		for _, more := range []struct {
			reason         string
			lines, notices []string
			come           func()
		}{
			{"the line that finds no room for carol still goes to all others", []string{"anna: 07:55 depot", "anna: 08:10 depot"}, nil,
				func() { anna.Send("07:55 depot\n08:10 depot\n") }},
			{"the notice that finds no room for carol still goes to all others", nil, []string{"* erin joined", "* erin left"},
				func() { visit(b, server, "erin") }},
		} {
			notices := append(more.notices, "* carol left")
			carol := joined(b, server, "carol", anna, ben, dan)
			gate := gates.last()
			for range 2 {
				block(b, gate, anna, ben, dan)
				for range 9 {
					anna.says("ben and dan do not wait for carol", "07:25 depot", ben, dan)
				}
				b.Equal("carol may have Queue lines waiting", "anna, ben, carol, dan", who(b, hub))
				gate.open()
				carol.Expect("a member that was not dropped gets every line", "anna: 07:15 depot\n"+strings.Repeat("anna: 07:25 depot\n", 9))
			}
			block(b, gate, anna, ben, dan)
			for range 9 {
				anna.says("ben and dan do not wait for carol", "07:40 depot", ben, dan)
			}
			more.come()
			for _, other := range []driver{ben, dan} {
				other.expectAnyOrder(b, more.reason, slices.Concat(more.lines, notices)...)
			}
			anna.expectAnyOrder(b, more.reason, slices.Clone(notices)...)
			carol.ExpectClosed("the hub closes the conn of a member that is dropped")
			b.Until("nothing of carol is left", b.AtRest)
		}
		carol := joined(b, server, "carol", anna, ben, dan)
		block(b, gates.last(), anna, ben, dan)
		carol.CloseWrite()
		for _, other := range []driver{anna, ben, dan} {
			other.Expect("carol leaves while a Write to her is blocked", "* carol left\n")
		}
		carol.ExpectClosed("the hub closes her conn although the Write is blocked")
		b.Until("nothing of carol is left", b.AtRest)
		expectRound(b, server, gates, anna, ben, dan)
		adjourn(ben, dan, anna)

		hub = &chat.Hub{Queue: 1, WriteTimeout: 24 * time.Hour, MaxLine: maxLine}
		server = b.Serve(hub.Serve, fault.EveryConn(gates.wrap))
		anna = joined(b, server, "anna")
		b.Until("the Write to anna has returned", b.AtRest)
		carol = joined(b, server, "carol", anna)
		b.Until("the Writes to both have returned", b.AtRest)
		block(b, gates.last(), anna)
		anna.Send("07:25 depot\n07:40 depot\n")
		anna.Expect("one line may wait for carol, not two", "* carol left\n")
		adjourn(anna)
	})
}

func TestWriteTimeout_R10(t *testing.T) {
	peer.Run(t, "R10: a member is dropped when a Write takes WriteTimeout", func(b *peer.Bench) {
		hub := &chat.Hub{Queue: 10_000, WriteTimeout: 10 * time.Second, MaxLine: 1000}
		var begun atomic.Bool
		server := b.Serve(hub.Serve, fault.EveryConn(
			onlyConn(4, slowWrites(6*time.Second, &begun)),
			onlyConn(5, slowWrites(forever, &begun)),
		))
		anna := joined(b, server, "anna")
		ben := joined(b, server, "ben", anna)
		carol := joined(b, server, "carol", anna, ben)
		expectOwnDeadlines(b, server, anna, ben, carol)
		late := b.Dial(server)
		late.Send("anna\n")
		late.Expect("the name is taken", chat.Refused)
		for range 3 {
			anna.says("each Write has its own WriteTimeout", "line 4 is late", ben, carol)
			b.Advance(9 * time.Second)
		}
		late.Send("dan\n")
		late.Expect("a client may be silent for 27s after a refusal", "* here: anna, ben, carol, dan\n")
		late.CloseWrite()
		for _, other := range []driver{anna, ben, carol} {
			other.Expect("dan joins and leaves", "* dan joined\n* dan left\n")
		}
		b.Advance(time.Hour)
		carol.says("a member may be silent for an hour", "how late?", anna, ben)
		for range 2 {
			carol.StopReading()
			anna.SendAsync(plenty())
			ben.Expect("ben gets every line", fromDriver("anna", plenty()))
			b.Advance(9 * time.Second)
			carol.ResumeReading()
			carol.Expect("carol reads again within WriteTimeout and has lost nothing", fromDriver("anna", plenty()))
		}
		for range 2 {
			began := b.Elapsed()
			carol.StopReading()
			anna.SendAsync(plenty())
			ben.Expect("ben gets every line", fromDriver("anna", plenty()))
			ben.Expect("carol reads nothing and is dropped", "* carol left\n")
			b.Equal("carol is dropped 10s after her Write began", 10*time.Second, b.Elapsed()-began)
			anna.Expect("carol reads nothing and is dropped", "* carol left\n")
			carol.ResumeReading()
			carol.ReadUntilClosed("the hub closes the conn of a member that is dropped")
			carol = joined(b, server, "carol", anna, ben)
		}
		adjourn(carol, ben, anna)
	}, peer.Virtual)
}

// expectOwnDeadlines checks that a Write has WriteTimeout, 10 s, for itself: from
// the first one on, and however many lines wait.
func expectOwnDeadlines(b *peer.Bench, server *peer.Server, anna, ben, carol driver) {
	b.Helper()
	dan := driver{b.Dial(server), "dan"}
	dan.Send("dan\n")
	carol.Expect("a member is told who joins", "* dan joined\n")
	carol.Send("1\n2\n3\n")
	for _, other := range []driver{anna, ben} {
		other.Expect("no member waits for dan", "* dan joined\ncarol: 1\ncarol: 2\ncarol: 3\n")
	}
	dan.Expect("each Write to dan takes 6s of 10s", "* here: anna, ben, carol, dan\ncarol: 1\ncarol: 2\ncarol: 3\n")
	dan.CloseWrite()
	for _, other := range []driver{anna, ben, carol} {
		other.Expect("dan is no member any more", "* dan left\n")
	}

	began := b.Elapsed()
	b.Dial(server).Send("erin\n")
	for _, other := range []driver{anna, ben, carol} {
		other.Expect("erin does not read her list", "* erin joined\n")
	}
	carol.Expect("erin does not read her list and is dropped", "* erin left\n")
	b.Equal("erin is dropped 10s after her first Write began", 10*time.Second, b.Elapsed()-began)
	for _, other := range []driver{anna, ben} {
		other.Expect("erin does not read her list and is dropped", "* erin left\n")
	}
}
