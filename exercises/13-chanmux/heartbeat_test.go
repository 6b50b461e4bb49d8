package chanmux_test

import (
	"strings"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// pingSlowReader has a Ping wait behind one answer and before another.
func pingSlowReader(b *peer.Bench) {
	ping := roomy("ping\n")
	answers := map[string][]byte{"long": []byte(strings.Repeat("x", peer.Plenty-1) + "\n"), "short": []byte("short\n")}
	slow := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, Ping: ping, OnEvent: choose(answers)}))
	slow.StopReading()
	b.Advance(time.Second)
	slow.Send("long\n")
	b.Advance(19 * time.Second)
	slow.Send("short\n")
	b.Settle()
	slow.ResumeReading()
	line := slow.ReadLine("the answer that Ping waits for arrives")
	b.Equal("Ping does not cut an answer in two", strings.TrimSuffix(string(answers["long"]), "\n"), line)
	b.Settle()
	b.Equal("Run does not write to the memory behind Ping", strings.Repeat("-", room), behind(ping))
}

// pingFullQueue has Ping due when Run has stopped reading from a client.
func pingFullQueue(b *peer.Bench) {
	answers := map[string][]byte{"long": boring(), "short": []byte("short\n")}
	full := b.Dial(serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: choose(answers)}))
	full.StopReading()
	b.Advance(time.Second)
	full.Send("long\n" + strings.Repeat("short\n", 200)) // more answers than may wait
	b.Advance(19 * time.Second)
	full.ResumeReading()
	began, pings := b.Elapsed(), 0
	full.Expect("no answer is lost when the client reads again", string(boring()))
	for range 201 {
		if full.ReadLine("Run sends 200 short answers, and Ping before, among or after them") == "ping" {
			pings++
		}
	}
	b.Equal("the Ping that was due comes as soon as the client reads again, not after", time.Duration(0), b.Elapsed()-began)
	b.Equal("it gets Ping once", 1, pings)
}

// forgetDead counts the conns of dead clients that are still in memory.
func forgetDead(b *peer.Bench) {
	conns := b.Census()
	quiet := &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: func(chanmux.Event) []byte { return nil }}
	crowd := b.Crowd(serve(b, b.Context(), quiet, fault.EveryConn(conns.Conn)), 20)
	b.Advance(20 * time.Second)
	crowd.Each(func(_ int, client *peer.Peer) {
		client.Expect("each silent client gets Ping", "ping\n")
		client.ExpectClosed("each dead client is dropped")
	})
	conns.ExpectAtMost("clients that did not answer Ping are forgotten", 2)
}

// tickWhileBusy makes a tick due while OnEvent is busy and lines wait for it.
func tickWhileBusy(b *peer.Bench) {
	server := serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: ponderLong})
	crowd := b.Crowd(server, 20)
	b.Advance(9500 * time.Millisecond)
	crowd.Each(func(i int, client *peer.Peer) {
		client.Send([]string{"long\n", "short\n"}[min(i, 1)])
		b.Settle() // the first line is first
	})
	b.Advance(time.Second)
	crowd.Each(func(_ int, client *peer.Peer) {
		client.ExpectQuiet("a client that sent a line is not asked, even if OnEvent was busy at the tick")
	})
}

// leaveOutTick keeps OnEvent busy while two ticks are due, so one may be left out.
func leaveOutTick(b *peer.Bench) {
	busy := func(e chanmux.Event) []byte {
		if string(e.Line) == "long" {
			<-time.After(15 * time.Second)
		}
		return nil
	}
	server := serve(b, b.Context(), &chanmux.Loop{Tick: 10 * time.Second, Ping: []byte("ping\n"), OnEvent: busy})
	talker, client := b.Dial(server), b.Dial(server)
	b.Advance(9500 * time.Millisecond)
	talker.Send("long\n")
	b.Settle() // the other line is second
	client.Send("short\n")
	b.Advance(32 * time.Second)
	client.Expect("a client is asked before it is dropped, even if a tick was left out", "ping\n")
}

// ponderLong takes a second for the line "long" and returns nil.
func ponderLong(e chanmux.Event) []byte {
	if string(e.Line) == "long" {
		ponder(e)
	}
	return nil
}
