package chanmux_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/peer"
)

func TestMergeLines(t *testing.T) {
	peer.Run(t, "R1: the lines of all conns come over one channel, those of each in order", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		receive(b, chanmux.Merge(b.Context(), conn0, conn1), conn0, conn1)
		bert.Send("hello\n")
		bert.Expect("the second conn does not wait for the first", "1: hello\n")
		anna.SendPieces("o", "ne\ntw", "o\nthree\n")
		anna.Expect("a line is an event, however it is cut", "0: one\n0: two\n0: three\n")
		anna.Send("\nfour\r\n")
		anna.Expect("an empty line is one, and \\r\\n ends a line as \\n does", "0: \n0: four\n")
		bert.Send("goodbye\n")
		bert.Expect("the second conn goes on", "1: goodbye\n")
	})
}

func TestMergeEnds(t *testing.T) {
	peer.Run(t, "R2: the end of a conn is its last event, and after all ends the channel closes", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		receiver := receive(b, chanmux.Merge(b.Context(), conn0, conn1), conn0, conn1)
		anna.Send("one\n")
		anna.CloseWrite()
		anna.Expect("the end comes behind the lines, as io.EOF", "0: one\n0: EOF\n")
		bert.Send("still\n")
		bert.Expect("the other conn goes on", "1: still\n")
		bert.Send("here\n")
		bert.Expect("the conn that ended says nothing more", "1: here\n")
		bert.Send("bye\n")
		bert.CloseWrite()
		bert.Expect("its end comes too", "1: bye\n1: EOF\n")
		_, err := receiver.Result("the channel is closed after the last end")
		b.NoError("every event of a conn comes before its end", err)
		_, err = receive(b, chanmux.Merge(b.Context())).Result("without conns the channel is closed at once")
		b.NoError("without conns there is no event", err)
		_, err = io.WriteString(conn0, "farewell\n")
		b.NoError("Merge leaves the conns open", err)
	})
}

func TestLoopAnswers(t *testing.T) {
	peer.Run(t, "R3: Run writes what OnEvent returns to the client of the event", func(b *peer.Bench) {
		server := serve(b, b.Context(), &chanmux.Loop{OnEvent: tell})
		anna := b.Dial(server)
		anna.Send("hello\n")
		anna.Expect("the first client has number 0", "0: hello\n")
		bert := b.Dial(server)
		bert.SendPieces("he", "llo\nag", "ain\n")
		bert.Expect("the second client is served beside the first", "1: hello\n1: again\n")
		anna.Send("quiet\nloud\n")
		anna.Expect("a nil answer writes nothing", "0: loud\n")
	})
}

func TestNothingRuns(t *testing.T) {
	peer.Run(t, "R4: nothing runs while nobody has anything to say", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		receive(b, chanmux.Merge(b.Context(), conn0, conn1), conn0, conn1)
		anna.CloseWrite()
		anna.Expect("the end of a conn is told", "0: EOF\n")
		b.Inside("it looks where goroutines stand")
		b.Until("what Merge started waits when one conn has ended and the other is silent", allWait)
		bert.Send("still here\n")
		bert.Expect("the silent conn was not forgotten", "1: still here\n")
		client := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: time.Hour, Ping: []byte("ping\n"), OnEvent: tell}))
		client.Send("hello\n")
		client.Expect("the client is served", "0: hello\n")
		b.Until("what Run started waits when its client is silent", allWait)
	})
}

func TestTicks(t *testing.T) {
	peer.Run(t, "R5: OnTick is called at every Tick, however many lines come", func(b *peer.Bench) {
		calm, flooded := newDiary(), newDiary()
		client := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: time.Second, OnEvent: tell, OnTick: calm.slowTick}))
		chatter(b, client, 15, 300*time.Millisecond)
		ticks, _ := calm.read()
		b.Equal("a line every 300ms, or an OnTick that takes 100ms, moves no tick", "1s 2s 3s 4s", ticks)
		crowd := b.Crowd(serve(b, b.Context(), &chanmux.Loop{Tick: time.Second, OnEvent: think, OnTick: flooded.tick}), 20)
		b.Settle() // until all are accepted
		crowd.Each(func(_ int, client *peer.Peer) { client.Send(strings.Repeat("x\n", 50)) })
		b.Advance(9 * time.Second)
		ticks, _ = flooded.read()
		b.Equal("OnTick is called while 1,000 lines wait, each 10ms of work", true, ticks != "")
	}, peer.Virtual)
}

func TestLoopStops(t *testing.T) {
	peer.Run(t, "R6: Run returns nil once ctx is done, and leaves nothing open or running", func(b *peer.Bench) {
		ctx, stop := context.WithCancel(b.Context())
		server := serve(b, ctx, &chanmux.Loop{Tick: time.Hour, OnEvent: tell})
		anna := b.Dial(server)
		anna.Send("hello\n")
		anna.Expect("the first client is served", "0: hello\n")
		bert := b.Dial(server)
		bert.Send("hello\n")
		bert.Expect("the second client is served", "1: hello\n")
		stop()
		b.NoError("the end of ctx is a normal end", server.Result("Run returns though its clients are silent"))
		anna.ExpectClosed("Run closes the conn of the first client")
		bert.ExpectClosed("Run closes the conn of the second client")
		server.ExpectRefused("Run closes the listener")
		b.Inside("it looks where goroutines stand")
		ctx, stop = context.WithCancel(b.Context())
		door := newSlowListener(b)
		slow := serve(b, ctx, &chanmux.Loop{OnEvent: tell}, door.wrap)
		late := b.Dial(slow)
		late.Send("hello\n")
		b.Until("the conn is accepted, and Accept has not returned it yet", door.holds.Load)
		stop()
		b.Until("what Run started sees the end of ctx, or waits in Accept", allWait)
		slow.ExpectRunning("Run waits for its goroutines")
		close(door.open)
		late.ExpectClosed("a conn that Accept returns after the end of ctx is closed")
		b.NoError("the end of ctx is a normal end", slow.Result("Run returns when its goroutines have ended"))
	})
}
