package chanmux_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestSlowReceiver_R7(t *testing.T) {
	peer.Run(t, "R7: no event is lost while the receiver is busy; the readers block", func(b *peer.Bench) {
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		events := merge(b, b.Context(), conn0, conn1)
		line := strings.Repeat("x", 999) + "\n"
		flood := strings.Repeat(line, peer.Plenty/len(line)) // all alike: whether a line changes is R9
		anna.SendAsync(flood)
		bert.SendPieces("first\n", "second\n")
		b.Until("the readers block while nobody receives their events", b.AtRest)
		taken := anna.Sent()
		receive(b, events, conn0, conn1)
		anna.Expect("every line is delivered once the receiver is ready", strings.Repeat("0: "+line, peer.Plenty/len(line)))
		bert.Expect("the other conn's lines are delivered as well", "1: first\n1: second\n")
		b.Less("the readers do not buffer the whole flood while nobody receives", peer.Bytes(taken), peer.Bytes(len(flood)))
	})
}

func TestReceiverLeft_R8(t *testing.T) {
	peer.Run(t, "R8: ctx stops every reader, blocked in Read or on the channel", func(b *peer.Bench) {
		ctx, cancel := context.WithTimeout(b.Context(), time.Hour) // canceled long before
		anna, conn0 := b.Pair()
		bert, conn1 := b.Pair()
		carl, conn2 := b.Pair()
		_, conn3 := b.Pair()
		unheard := merge(b, ctx, conn0, conn1) // nobody receives from this channel
		anna.SendPieces("one\n", "two\n")
		bert.SendPieces("one\n", "two\n")
		receiver := receive(b, merge(b, ctx, conn2, conn3), conn2, conn3)
		carl.Send("one\n")
		carl.Expect("lines are delivered while ctx is not done", "0: one\n")
		ahead := 0
		if len(b.States()) == 0 { // in another process, from which one event is fetched before it is received
			ahead = 1
		}
		cancel()
		receiver.Result("Merge closes the channel although its conns are open and silent")
		b.Until("the readers from which nobody received have stopped", func() bool { return b.Goroutines() == 0 })
		events, _ := receive(b, unheard).Result("Merge closes the channel although its events were not received")
		b.Equal("once ctx is done, nothing more is received", eventCount(0), eventCount(max(0, len(events)-ahead)))
		receive(b, merge(b, ctx, conn3)).Result("Merge closes the channel at once if ctx is done already")
		_, err := io.WriteString(conn2, "farewell\n")
		b.NoError("a done ctx leaves the conn open for writing", err)
		lateFunctions(b)
		for range 10 { // a select that has two choices may hide the mistake
			endNothing(b)
		}
	})
}

func TestLinesKept_R9(t *testing.T) {
	peer.Run(t, "R9: a delivered line never changes", func(b *peer.Bench) {
		keepLines(b, longLines(8, bufio.MaxScanTokenSize-1)) // the longest line allowed
		keepLines(b, longLines(8, 3))                        // one Read returns them all
	})
}

func TestConnFails_R10(t *testing.T) {
	peer.Run(t, "R10: a failed conn reports why and affects no other conn", func(b *peer.Bench) {
		anna, conn0 := b.Pair(fault.FailRead(4, syscall.ETIMEDOUT)) // its Timeout method returns true
		bert, conn1 := b.Pair()
		carl, conn2 := b.Pair(fault.EmptyReads)
		ctx := b.CountingContext()
		receiver := receive(b, merge(b, ctx, conn0, conn1, conn2), conn0, conn1, conn2)
		anna.Send("one\n")
		anna.Expect("the line before the failure is delivered", "0: one\n")
		bert.Send(strings.Repeat("x", bufio.MaxScanTokenSize)) // without a line ending
		carl.Send("two\nthree")
		carl.CloseWrite()
		carl.Expect("the last line needs no line ending", "2: two\n2: three\n2: EOF\n")
		_, err := receiver.Result("Merge closes the channel after a failed Read, a line that is too long and a FIN")
		b.ErrorIs("Err wraps the error of Read", err, syscall.ETIMEDOUT)
		b.ErrorIs("Err reports that the line is too long", err, bufio.ErrTooLong)
		ctx.ExpectReleased("Merge leaves nothing registered on ctx after the last end")
		dora, conn3 := b.Pair()
		receiver = receive(b, merge(b, ctx, conn3))
		dora.Send(strings.Repeat("x", bufio.MaxScanTokenSize) + "\nfour\n")
		events, err := receiver.Result("Merge closes the channel after the last end")
		b.ErrorIs("a line of exactly MaxScanTokenSize bytes is too long", err, bufio.ErrTooLong)
		b.Equal("nothing but the end is delivered then", eventCount(1), eventCount(len(events)))
		fred, conn5 := b.Pair()
		conn5.SetReadDeadline(time.Unix(1, 0)) // the caller's, which Merge may keep or replace
		fred.CloseWrite()
		events, _ = receive(b, merge(b, ctx, conn5)).Result("Merge closes the channel after the last end")
		b.Equal("a conn has an end even if its deadline has passed before Merge", eventCount(1), eventCount(len(events)))
		emma, conn4 := b.Pair(fault.DataWithEOF)
		receiver = receive(b, merge(b, ctx, conn4), conn4)
		emma.Send("five\nsix")
		emma.CloseWrite()
		emma.Expect("bytes that Read returns together with io.EOF are delivered", "0: five\n0: six\n0: EOF\n")
		failInLoop(b)
	})
}

func TestOneCallback_R11(t *testing.T) {
	peer.Run(t, "R11: no two callbacks run at the same time", func(b *peer.Bench) {
		door := new(turnstile)
		crowd := b.Crowd(serve(b, b.Context(), &chanmux.Loop{
			Tick:    1500 * time.Millisecond,
			OnEvent: func(chanmux.Event) []byte { door.pass(time.Second); return []byte("done\n") },
			OnTick:  func(time.Time) { door.pass(time.Second) },
		}), 20)
		crowd.Each(func(_ int, client *peer.Peer) { client.Send("x\n") })
		crowd.Each(func(_ int, client *peer.Peer) { client.Expect("each line gets its answer", "done\n") })
		crowd.Each(func(_ int, client *peer.Peer) { client.CloseWrite() })
		b.Advance(time.Minute) // OnEvent gets the ends
		b.Equal("no call of OnEvent or OnTick begins during another", int64(0), door.clashes.Load())
	}, peer.Virtual)
}

func TestListenerEnds_R12(t *testing.T) {
	peer.Run(t, "R12: Run returns nil if its listener is closed, otherwise Accept's error", func(b *peer.Bench) {
		ctx := b.CountingContext()
		server := serve(b, ctx, &chanmux.Loop{OnEvent: tell})
		client := b.Dial(server)
		client.Send("hello\n")
		client.Expect("the client gets its answer", "0: hello\n")
		server.Close()
		b.NoError("Run returns nil if its listener is closed", server.Result("Run returns although a client is still connected"))
		b.Until("Run leaves no goroutine, although ctx goes on", func() bool { return b.Goroutines() == 0 })
		ctx.ExpectReleased("Run leaves nothing registered on ctx")
		client.ExpectClosed("Run closes the conns of its clients")
		broken := serve(b, ctx, &chanmux.Loop{OnEvent: tell}, fault.FailAccept(nil, errCable))
		unlucky := b.Dial(broken)
		b.ErrorIs("Run returns the error of Accept", broken.Result("Run returns"), errCable)
		unlucky.ExpectClosed("Run closes the conns of its clients after Accept failed")
		broken.ExpectRefused("Run closes the listener after Accept failed")
		ctx.ExpectReleased("Run leaves nothing registered on ctx after Accept failed")
		vague := serve(b, ctx, &chanmux.Loop{OnEvent: tell}, fault.FailAcceptAfterClose(errCable))
		b.Until("Run waits for clients", b.AtRest)
		ctx.Cancel()
		b.NoError("Run returns nil when ctx is done, even if Accept of the closed listener has an error of its own", vague.Result("Run returns"))
	})
}

func TestClientLeaves_R13(t *testing.T) {
	peer.Run(t, "R13: a half-closed client gets its last answers; its number is never reused", func(b *peer.Bench) {
		server := serve(b, b.Context(), &chanmux.Loop{OnEvent: tell})
		anna := b.Dial(server)
		anna.Send("hello\n")
		anna.Expect("the first client has number 0", "0: hello\n")
		bert := b.Dial(server)
		bert.Send("hello\n")
		bert.Expect("the second client has number 1", "1: hello\n")
		anna.Send("one\ntwo")
		anna.CloseWrite()
		anna.Expect("every line is answered, and then the end", "0: one\n0: two\n0: EOF\n")
		anna.ExpectEOF("Run closes the conn after the last answer")
		bert.Send("one\n")
		bert.Expect("the other client is still served", "1: one\n")
		carl := b.Dial(server)
		carl.Send("one\n")
		carl.Expect("Run uses no number twice", "2: one\n")
		leaveUnanswered(b)
		readLate(b)
	})
}

func TestNeverReads_R14(t *testing.T) {
	peer.Run(t, "R14: a client that never reads delays neither other clients nor Run's return", func(b *peer.Bench) {
		line := strings.Repeat("x", 1023) + "\n"
		ctx, stop := context.WithCancel(b.Context())
		heard := newDiary()
		server := serve(b, ctx, &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: heard.tell})
		lazy, client, gone := b.Dial(server), b.Dial(server), b.Dial(server)
		b.Advance(time.Second)
		lazy.StopReading()
		lazy.SendAsync(strings.Repeat(line, 2000))
		lazy.ExpectStall("Run stops reading from a client that does not read", 300<<10)
		client.Send("hello\n")
		client.Expect("another client is served meanwhile", "1: hello\n")
		lazy.ResumeReading()
		lazy.Expect("no answer is lost when the client reads again", strings.Repeat("0: "+line, 2000))
		gone.StopReading()
		gone.SendAsync(strings.Repeat(line, 2000))
		b.Settle() // until an answer is blocked in Write
		gone.Reset()
		b.Settle()
		ends, _ := heard.read()
		b.Equal("OnEvent gets the end of a client that reset during an answer", "2 at 1s", ends)
		lazy.StopReading()
		lazy.SendAsync(strings.Repeat(line, 2000))
		b.AllowLocks()              // from now on Ping may wait for a mutex that is held in Write
		b.Advance(19 * time.Second) // to the tick at which the lazy client gets Ping
		late := b.Dial(server)
		late.Send("hello\n")
		late.Expect("another client is served while Ping cannot be written", "3: hello\n")
		b.Equal("another client is served at once", 20*time.Second, b.Elapsed())
		queueAnswers(b)
		polite := serve(b, ctx, &chanmux.Loop{OnEvent: bore})
		half := b.Dial(polite)
		half.StopReading()
		half.CloseWrite()
		b.Settle() // until the answer to the end is blocked in Write
		stop()
		b.NoError("Run returns nil when ctx is done", server.Result("Run returns although a client never reads"))
		b.NoError("Run returns nil when ctx is done", polite.Result("Run returns although a half-closed client never reads"))
		keepSending(b)
	}, peer.Virtual)
}

func TestHeartbeat_R15(t *testing.T) {
	peer.Run(t, "R15: a silent client gets Ping, and if still silent is dropped", func(b *peer.Bench) {
		heard := newDiary()
		server := serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: heard.end})
		quiet := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte{}, OnEvent: tell}))
		b.Advance(5 * time.Second)
		dead, alive := b.Dial(server), b.Dial(server)
		b.Advance(4999 * time.Millisecond)
		dead.ExpectQuiet("Run sends no Ping before the first tick")
		b.Advance(time.Millisecond)
		dead.Expect("a silent client gets Ping at the tick", "ping\n")
		alive.Expect("the other silent client gets Ping as well", "ping\n")
		b.Equal("they get Ping at the first tick after they came", 10*time.Second, b.Elapsed())
		b.Advance(5 * time.Second)
		alive.Send("\n") // an empty line is a line
		dead.Send("po")  // not a complete line
		dead.ExpectQuiet("a client has until the next tick to answer")
		b.Advance(5 * time.Second)
		dead.ExpectClosed("a client that sent no line is dropped without another byte")
		alive.ExpectQuiet("a client that sent a line is not asked at the next tick")
		ends, err := heard.read()
		b.Equal("OnEvent gets the dead client's end once", "0 at 20s", ends)
		b.ErrorIs("a dead client's end is os.ErrDeadlineExceeded", err, os.ErrDeadlineExceeded)
		b.Advance(10 * time.Second)
		alive.Expect("after another silent Tick the client gets Ping again", "ping\n")
		b.Advance(10 * time.Second)
		alive.ExpectClosed("a client that did not answer this time is dropped")
		ends, err = heard.read()
		b.Equal("OnEvent gets the second client's end, and no other", "0 at 20s 1 at 40s", ends)
		b.ErrorIs("the second client's end is os.ErrDeadlineExceeded as well", err, os.ErrDeadlineExceeded)
		b.Advance(time.Hour)
		quiet.ExpectQuiet("a silent client stays if Ping is empty")
		tickWhileBusy(b)
		leaveOutTick(b)
		forgetDead(b)
		b.AllowLocks() // Ping may wait for a mutex that is held in Write
		pingSlowReader(b)
		pingFullQueue(b)
	}, peer.Virtual)
}

func TestCrowd_R16(t *testing.T) {
	peer.Run(t, "R16: 300 clients are served at once", func(b *peer.Bench) {
		crowd := b.Crowd(serve(b.Named("Run"), b.Context(), &chanmux.Loop{OnEvent: echo}), 300)
		crowd.Each(func(i int, client *peer.Peer) { client.Send(fmt.Sprintf("I am client %d\n", i)) })
		crowd.Each(func(i int, client *peer.Peer) {
			client.ExpectLine("each client gets its own answer", fmt.Sprintf("I am client %d", i))
		})
	})
}

func TestForgets_R17(t *testing.T) {
	peer.Run(t, "R17: Run forgets a client once its conn is closed", func(b *peer.Bench) {
		conns := b.Census()
		quiet := &chanmux.Loop{OnEvent: func(chanmux.Event) []byte { return nil }}
		server := serve(b, b.Context(), quiet, fault.EveryConn(conns.Conn))
		for range 200 {
			client := b.Dial(server)
			client.CloseWrite()
			client.ExpectEOF("Run closes the conn after its end")
		}
		conns.ExpectAtMost("clients whose conn is closed are forgotten", 20)
		resets, conns := new(counter), b.Census()
		slow := &chanmux.Loop{OnEvent: choose(map[string][]byte{"long": boring(), "short": []byte("short\n"), "": boring()})} // "": the end
		crowd := b.Crowd(serve(b, b.Context(), slow, fault.EveryConn(resets.count), fault.EveryConn(conns.Conn)), 20)
		crowd.Each(func(i int, client *peer.Peer) {
			client.StopReading()
			if i%2 == 0 {
				client.CloseWrite()
			} else {
				client.Send("long\n" + strings.Repeat("short\n", 100)) // Run stops reading after 100 at the latest
			}
		})
		b.Until("Run writes the answer to each client", func() bool { return resets.writing.Load() == 20 })
		crowd.Each(func(_ int, client *peer.Peer) { client.Reset() })
		b.Until("Run closes a conn whose Write failed", func() bool { return resets.open.Load() == 0 })
		conns.ExpectAtMost("clients whose Write failed are forgotten", 2)
		dropBlocked(b)
	}, peer.Memory)
}
