package chanmux_test

import (
	"os"
	"sync/atomic"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// A stuck client reads nothing, and Run was writing its answer before the first
// tick. Time is real here: in virtual time none could pass while a Ping waits for
// a mutex that is held during that Write.
type stuck struct {
	*peer.Peer
	conns counter
	heard shelf
	ticks atomic.Int64
}

// newStuck serves a client that speaks at once. A busy machine may be too late for
// the first tick: then the next server gets a longer Tick.
func newStuck(b *peer.Bench, speak func(*peer.Peer)) *stuck {
	for tick := 50 * time.Millisecond; ; tick = min(2*tick, time.Second) {
		s := new(stuck)
		loop := &chanmux.Loop{Tick: tick, Ping: []byte("ping\n"), OnTick: func(time.Time) { s.ticks.Add(1) },
			OnEvent: func(e chanmux.Event) []byte {
				s.heard.keep(e)
				return boring()
			}}
		began := time.Now()
		s.Peer = b.Dial(serve(b, b.Context(), loop, fault.EveryConn(s.conns.count)))
		s.StopReading()
		speak(s.Peer)
		b.Until("Run writes the answer", func() bool { return s.conns.writing.Load() > 0 })
		if time.Since(began) < tick {
			return s
		}
		s.Reset()
	}
}

// readLate lets ticks pass while the answer to an end is blocked in Write.
func readLate(b *peer.Bench) {
	half := newStuck(b, (*peer.Peer).CloseWrite)
	b.Until("OnTick is called while a client does not read", func() bool { return half.ticks.Load() >= 4 })
	half.ResumeReading()
	half.Expect("the heartbeat neither asks nor drops a half-closed client, however late it reads its last answer", string(boring()))
	half.ExpectEOF("Run closes the conn after the last answer")
	b.Equal("OnEvent gets the end of a half-closed client once", 1, half.heard.count())
}

// leaveUnanswered has a client end while it has yet to read the answer to its line.
// Nothing answers its end.
func leaveUnanswered(b *peer.Bench) {
	client := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: func(e chanmux.Event) []byte {
		if e.Err != nil {
			return nil
		}
		return boring()
	}}))
	client.StopReading()
	client.Send("x\n")
	client.CloseWrite()
	b.Until("the server is at rest", b.AtRest)
	client.ResumeReading()
	client.Expect("a half-closed client gets its last answer, even if nothing answers its end", string(boring()))
	client.ExpectEOF("Run closes the conn after the last answer")
}

// dropBlocked has a client die that has not read its answer.
func dropBlocked(b *peer.Bench) {
	blocked := newStuck(b, func(client *peer.Peer) { client.Send("x\n") })
	b.Until("a client that Run has stopped reading from is silent, and its conn is closed", func() bool { return blocked.conns.open.Load() == 0 })
	b.Until("OnEvent gets the end of the dead client", func() bool { return blocked.heard.count() >= 2 })
	b.Equal("OnEvent gets the line of the dead client and its end, once", 2, blocked.heard.count())
	b.ErrorIs("a dead client's end is os.ErrDeadlineExceeded", blocked.heard.end(), os.ErrDeadlineExceeded)
}
