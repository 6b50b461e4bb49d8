package chanmux_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestMergeLines_R1(t *testing.T) {
	peer.Run(t, "R1: all conns' lines arrive on one channel, each conn's in order", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		receive(b, merge(b, b.Context(), conn0, conn1), conn0, conn1)
		bert.Send("hello\n")
		bert.Expect("the second conn does not wait for the first", "1: hello\n")
		anna.SendPieces("o", "ne\ntw", "o\nthree\n")
		anna.Expect("a line is one event, however it is cut", "0: one\n0: two\n0: three\n")
		anna.Send("\nfour\r\n")
		anna.Expect("an empty line is a line, and \\r\\n ends a line as well", "0: \n0: four\n")
		anna.Send("\t five \r\r\n")
		anna.Expect("nothing but the line ending is removed", "0: \t five \r\n")
		bert.Send("goodbye\n")
		bert.Expect("the second conn still delivers its lines", "1: goodbye\n")
	})
}

func TestMergeEnds_R2(t *testing.T) {
	peer.Run(t, "R2: Merge reports each conn's end last, and finally closes the channel", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		receiver := receive(b, merge(b, b.Context(), conn0, conn1), conn0, conn1)
		anna.Send("one\n")
		anna.CloseWrite()
		anna.Expect("the end follows the lines, as io.EOF", "0: one\n0: EOF\n")
		looks := 0 // a loop that spins never rests; R4 tells
		b.Until("Merge's goroutines wait", func() bool { looks++; return looks > 10 || b.AtRest() })
		bert.Send("still\n")
		bert.Expect("the other conn still delivers its lines", "1: still\n")
		bert.Send("here\n")
		bert.Expect("a conn delivers nothing after its end", "1: here\n")
		bert.Send("bye\n")
		bert.CloseWrite()
		bert.Expect("the other conn's end is delivered as well", "1: bye\n1: EOF\n")
		_, err := receiver.Result("Merge closes the channel after the last end")
		b.NoError("a conn's end is its last event", err)
		_, err = receive(b, merge(b, b.Context())).Result("without conns Merge closes the channel at once")
		b.NoError("without conns there are no events", err)
		b.Until("Merge leaves no goroutine behind, even if ctx goes on", func() bool { return b.Goroutines() == 0 })
		_, err = io.WriteString(conn0, "farewell\n")
		b.NoError("Merge does not close the conns", err)
	})
}

func TestLoopAnswers_R3(t *testing.T) {
	peer.Run(t, "R3: Run writes OnEvent's result to the client of the event", func(b *peer.Bench) {
		server := serve(b, b.Context(), &chanmux.Loop{OnEvent: tell})
		anna := b.Dial(server)
		anna.Send("hello\n")
		anna.Expect("the first client has number 0", "0: hello\n")
		bert, carl := b.Dial(server), b.Dial(server)
		carl.Send("hello\n")
		carl.Expect("the third client has number 2, even if it is the second to speak", "2: hello\n")
		bert.SendPieces("he", "llo\nag", "ain\n")
		bert.Expect("the second client is served while the first stays", "1: hello\n1: again\n")
		anna.Send("\nfour\r\n\t five \r\r\n")
		anna.Expect("Run splits lines as Merge does", "0: \n0: four\n0: \t five \r\n")
		anna.Send("quiet\nempty\nloud\n")
		anna.Expect("Run writes nothing for a nil or an empty answer", "0: loud\n")
		anna.Send(strings.Repeat("quiet\nempty\n", 100) + "loud\n")
		anna.Expect("Run reads on after 200 lines without an answer", "0: loud\n")
		server.ExpectRunning("Run runs until ctx is done or its listener fails")
	})
}

func TestNothingRuns_R4(t *testing.T) {
	peer.Run(t, "R4: no goroutine is busy while every conn is silent", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		receive(b, merge(b, b.Context(), conn0, conn1), conn0, conn1)
		anna.CloseWrite()
		anna.Expect("Merge reports the end of a conn", "0: EOF\n")
		b.Until("Merge's goroutines block while one conn has ended and one is silent", b.AtRest)
		bert.Send("still here\n")
		bert.Expect("the silent conn still delivers its lines", "1: still here\n")
		client := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: time.Hour, Ping: []byte("ping\n"), OnEvent: tell}))
		client.Send("hello\n")
		client.Expect("the client gets its answer", "0: hello\n")
		b.Until("Run's goroutines block while its client is silent", b.AtRest)
	})
}

func TestTicks_R5(t *testing.T) {
	peer.Run(t, "R5: OnTick is called at every Tick, however many lines arrive", func(b *peer.Bench) {
		calm, flooded := newDiary(), newDiary()
		client := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: time.Second, OnEvent: tell, OnTick: calm.slowTick}))
		chatter(b, client, 15, 300*time.Millisecond)
		ticks, _ := calm.read()
		b.Equal("neither a line every 300ms nor a 100ms OnTick moves a tick", "1s 2s 3s 4s", ticks)
		slow := newDiary()
		busy := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: time.Second, OnEvent: ponder, OnTick: slow.tick}))
		b.Advance(500 * time.Millisecond)
		busy.Send("x\n") // the next tick is due while OnEvent is running
		b.Advance(2 * time.Second)
		ticks, _ = slow.read()
		b.Equal("OnTick gets the time at which the tick was due", "1s 2s", ticks)
		crowd := b.Crowd(serve(b, b.Context(), &chanmux.Loop{Tick: time.Second, OnEvent: think, OnTick: flooded.tick}), 20)
		b.Settle() // until all conns are accepted
		crowd.Each(func(_ int, client *peer.Peer) { client.Send(strings.Repeat("x\n", 50)) })
		b.Advance(9 * time.Second)
		ticks, _ = flooded.read()
		b.Equal("OnTick is called while 1,000 lines of 10ms each are waiting", true, ticks != "")
	}, peer.Virtual)
}

func TestLoopStops_R6(t *testing.T) {
	peer.Run(t, "R6: when ctx is done, Run returns nil and leaves nothing behind", func(b *peer.Bench) {
		ctx, stop := context.WithCancel(b.Context())
		loop := &chanmux.Loop{Tick: time.Hour, OnEvent: tell}
		server := serve(b, ctx, loop)
		anna := b.Dial(server)
		anna.Send("hello\n")
		anna.Expect("the first client gets its answer", "0: hello\n")
		bert := b.Dial(server)
		bert.Send("hello\n")
		bert.Expect("the second client gets its answer", "1: hello\n")
		b.Note("ctx is canceled")
		stop()
		b.NoError("Run returns nil when ctx is done", server.Result("Run returns although its clients are silent"))
		anna.ExpectClosed("Run closes the conn of the first client")
		bert.ExpectClosed("Run closes the conn of the second client")
		server.ExpectRefused("Run closes the listener")
		carl := b.Dial(serve(b, b.Context(), loop))
		carl.Send("hello\n")
		carl.Expect("the next Run of the same Loop numbers its clients from 0 again", "0: hello\n")
		expired, stop := context.WithDeadline(b.Context(), time.Unix(1, 0))
		defer stop()
		idle := serve(b, expired, &chanmux.Loop{OnEvent: tell})
		b.NoError("Run returns nil when ctx is done", idle.Result("Run returns at once if ctx's deadline has passed already"))
		idle.ExpectRefused("Run closes the listener even then")
		ctx, stop = context.WithCancel(b.Context())
		hold := fault.NewHold()
		defer hold.Release()
		slow := serve(b, ctx, &chanmux.Loop{OnEvent: tell}, hold.Listener)
		late := b.Dial(slow)
		late.Send("hello\n")
		b.Until("the conn is accepted, but Accept has not returned it yet", hold.Holds)
		b.Note("ctx is canceled")
		stop()
		b.Until("Run's goroutines have seen ctx, or are blocked in Accept", b.AtRest)
		slow.ExpectRunning("Run waits for its goroutines to finish")
		hold.Release()
		late.ExpectClosed("a conn that Accept returns after ctx is done is closed")
		b.NoError("Run returns nil when ctx is done", slow.Result("Run returns once its goroutines have finished"))
	})
}
