package chanmux_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestSlowReceiver(t *testing.T) {
	peer.Run(t, "R7: no event is lost while the receiver is busy, and the readers wait", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		events := chanmux.Merge(b.Context(), conn0, conn1)
		line := strings.Repeat("x", 999) + "\n"
		flood := strings.Repeat(line, peer.Plenty/len(line)) // all alike: R9 asks what a line keeps
		anna.SendAsync(flood)
		bert.SendPieces("first\n", "second\n")
		b.Inside("it looks where goroutines stand")
		b.Until("a reader whose event nobody receives waits", allWait)
		b.Until("the readers wait, and what they read stays where it is", everythingStands)
		taken := anna.Sent()
		receive(b, events, conn0, conn1)
		anna.Expect("every line comes once there is time", strings.Repeat("0: "+line, peer.Plenty/len(line)))
		bert.Expect("those of the other conn come too", "1: first\n1: second\n")
		b.Less("while nobody receives, fewer bytes are taken than the client sends", taken, len(flood))
	})
}

func TestReceiverLeft(t *testing.T) {
	peer.Run(t, "R8: ctx ends every reader, though nobody receives or the conn is silent", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(b.Context())
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		carl, conn2 := b.Pair()
		chanmux.Merge(ctx, conn0, conn1) // whoever asked for this is gone
		anna.SendPieces("one\n", "two\n")
		bert.SendPieces("one\n", "two\n")
		receiver := receive(b, chanmux.Merge(ctx, conn2), conn2)
		carl.Send("one\n")
		carl.Expect("the line comes while ctx lives", "0: one\n")
		cancel()
		receiver.Result("the channel is closed though the conn is open and silent")
		_, err := io.WriteString(conn2, "farewell\n")
		b.NoError("the end of ctx leaves the conn open, and writing alone", err)
		// The bench sees that the readers of the first Merge are gone too.
	})
}

func TestLinesKept(t *testing.T) {
	peer.Run(t, "R9: a line never changes after it was delivered", func(b *peer.Bench) {
		sent := longLines(8, bufio.MaxScanTokenSize-1) // as long as a line may be
		anna, conn := b.Pair()
		receiver := receive(b, chanmux.Merge(b.Context(), conn))
		anna.Send(strings.Join(sent, "\n") + "\n")
		anna.CloseWrite()
		events, err := receiver.Result("the channel is closed after the end")
		b.NoError("no line is too long", err)
		b.Equal("8 lines and the end are 9 events", 9, len(events))
		for i, line := range sent {
			b.Equal("a kept line is still what was sent", line, events[i].Line)
		}
		kept := new(shelf)
		client := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: kept.keep}))
		client.Send(strings.Join(sent, "\n") + "\n")
		client.CloseWrite()
		client.ExpectEOF("Run closes the conn behind the end")
		for i, line := range sent {
			b.Equal("a line that OnEvent kept is still what was sent", line, kept.line(i))
		}
	})
}

func TestConnFails(t *testing.T) {
	peer.Run(t, "R10: a conn that fails says why, and takes no other with it", func(b *peer.Bench) {
		anna, conn0 := b.Pair(fault.FailRead(4, errCable))
		bert, conn1 := b.Pair()
		carl, conn2 := b.Pair()
		receiver := receive(b, chanmux.Merge(b.Context(), conn0, conn1, conn2), conn0, conn1, conn2)
		anna.Send("one\n")
		anna.Expect("the line before the failure comes", "0: one\n")
		bert.Send(strings.Repeat("x", bufio.MaxScanTokenSize)) // and no line end
		carl.Send("two\nthree")
		carl.CloseWrite()
		carl.Expect("the last line needs no line end", "2: two\n2: three\n2: EOF\n")
		_, err := receiver.Result("the channel is closed after the last end")
		b.ErrorIs("Err wraps the error of Read", err, errCable)
		b.ErrorIs("Err says that the line is too long", err, bufio.ErrTooLong)
	})
}

func TestOneCallback(t *testing.T) {
	peer.Run(t, "R11: no callback runs while another one does", func(b *peer.Bench) {
		door := new(turnstile)
		crowd := b.Crowd(serve(b, b.Context(), &chanmux.Loop{
			Tick:    1500 * time.Millisecond,
			OnEvent: func(chanmux.Event) []byte { door.pass(time.Second); return []byte("done\n") },
			OnTick:  func(time.Time) { door.pass(time.Second) },
		}), 20)
		crowd.Each(func(_ int, client *peer.Peer) { client.Send("x\n") })
		crowd.Each(func(_ int, client *peer.Peer) { client.Expect("each line has its turn", "done\n") })
		b.Equal("calls of OnEvent or OnTick that began during another one", int64(0), door.clashes.Load())
	}, peer.Virtual)
}

func TestListenerEnds(t *testing.T) {
	peer.Run(t, "R12: Run returns nil when its listener is closed, and Accept's error otherwise", func(b *peer.Bench) {
		server := serve(b, b.Context(), &chanmux.Loop{OnEvent: tell})
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client is served", "0: hello\n")
		server.Close()
		b.NoError("a closed listener is a normal end", server.Result("Run returns though a client is still there"))
		client.ExpectClosed("Run closes the conns of its clients")
		broken := serve(b, b.Context(), &chanmux.Loop{OnEvent: tell}, fault.FailAccept(nil, errCable))
		unlucky := b.Dial(broken)
		b.ErrorIs("a failing listener is not a normal end", broken.Result("Run returns"), errCable)
		unlucky.ExpectClosed("Run closes the conns of its clients, whatever ended it")
		broken.ExpectRefused("Run closes the listener, whatever ended it")
	})
}

func TestClientLeaves(t *testing.T) {
	peer.Run(t, "R13: a client that half-closes gets its last answers, and its number retires", func(b *peer.Bench) {
		server := serve(b, b.Context(), &chanmux.Loop{OnEvent: tell})
		anna := b.Dial(server)
		anna.Send("hello\n")
		anna.Expect("the first client has number 0", "0: hello\n")
		bert := b.Dial(server)
		bert.Send("hello\n")
		bert.Expect("the second has number 1", "1: hello\n")
		anna.Send("one\ntwo")
		anna.CloseWrite()
		anna.Expect("every line is answered, then the end", "0: one\n0: two\n0: EOF\n")
		anna.ExpectEOF("Run closes the conn behind the last answer")
		bert.Send("one\n")
		bert.Expect("the others are still served", "1: one\n")
		carl := b.Dial(server)
		carl.Send("one\n")
		carl.Expect("no number is used twice", "2: one\n")
	})
}

func TestNeverReads(t *testing.T) {
	peer.Run(t, "R14: a client that never reads holds up nobody, nor the end of Run", func(b *peer.Bench) {
		line := strings.Repeat("x", 1023) + "\n"
		ctx, stop := context.WithCancel(b.Context())
		heard := newDiary()
		server := serve(b, ctx, &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: heard.tell})
		lazy, client, gone := b.Dial(server), b.Dial(server), b.Dial(server)
		b.Advance(time.Second)
		lazy.StopReading()
		lazy.SendAsync(strings.Repeat(line, 2000))
		lazy.ExpectStall("a client that does not take its answers is not read from", 1<<20)
		client.Send("hello\n")
		client.Expect("the others are served meanwhile", "1: hello\n")
		lazy.ResumeReading()
		lazy.Expect("no answer is lost once the client reads", strings.Repeat("0: "+line, 2000))
		gone.StopReading()
		gone.SendAsync(strings.Repeat(line, 2000))
		b.Settle() // until an answer waits for the client
		gone.Reset()
		b.Settle()
		ends, _ := heard.read()
		b.Equal("OnEvent is told the end of a client that was lost amid an answer", "2 at 1s", ends)
		lazy.StopReading()
		lazy.SendAsync(strings.Repeat(line, 2000))
		b.Advance(19 * time.Second) // to the tick at which the lazy one gets Ping
		late := b.Dial(server)
		late.Send("hello\n")
		late.Expect("the others are served while Ping waits for the lazy one", "3: hello\n")
		b.Equal("they are served at once", 20*time.Second, b.Elapsed())
		stop()
		b.NoError("the end of ctx is a normal end", server.Result("Run does not wait for a client that never reads"))
	}, peer.Virtual)
}

func TestHeartbeat(t *testing.T) {
	peer.Run(t, "R15: a silent client gets Ping at a Tick, and is dropped at the next", func(b *peer.Bench) {
		heard := newDiary()
		server := serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: heard.end})
		quiet := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, OnEvent: tell}))
		b.Advance(5 * time.Second)
		dead, alive := b.Dial(server), b.Dial(server)
		b.Advance(4999 * time.Millisecond)
		dead.ExpectQuiet("before the first tick nobody is asked")
		b.Advance(time.Millisecond)
		dead.Expect("a silent client is asked at the tick", "ping\n")
		alive.Expect("so is the other", "ping\n")
		b.Advance(5 * time.Second)
		alive.Send("pong\n")
		dead.Send("po") // which is no line
		dead.ExpectQuiet("it has until the next tick to answer")
		b.Advance(5 * time.Second)
		dead.ExpectClosed("a client that sent no line is dropped at the next tick, and gets nothing more")
		alive.ExpectQuiet("a client that sent a line is not asked at the next tick")
		ends, err := heard.read()
		b.Equal("OnEvent is told the end of the dead client, once", "0 at 20s", ends)
		b.ErrorIs("the dead client's time was over", err, os.ErrDeadlineExceeded)
		b.Advance(10 * time.Second)
		alive.Expect("after a whole Tick of silence it is asked again", "ping\n")
		b.Advance(10 * time.Second)
		alive.ExpectClosed("this time it did not answer")
		ends, err = heard.read()
		b.Equal("OnEvent is told this end as well, and no other", "0 at 20s 1 at 40s", ends)
		b.ErrorIs("its time was over too", err, os.ErrDeadlineExceeded)
		quiet.ExpectQuiet("without a Ping a silent client stays")
	}, peer.Virtual)
}

func TestCrowd(t *testing.T) {
	peer.Run(t, "R16: 300 clients are served at once", func(b *peer.Bench) {
		crowd := b.Crowd(serve(b, b.Context(), &chanmux.Loop{OnEvent: echo}), 300)
		crowd.Each(func(i int, client *peer.Peer) { client.Send(fmt.Sprintf("I am client %d\n", i)) })
		crowd.Each(func(i int, client *peer.Peer) {
			client.ExpectLine("each gets its own answer", fmt.Sprintf("I am client %d", i))
		})
	})
}
