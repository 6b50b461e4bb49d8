package relay_test

import (
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestIdle_R11(t *testing.T) {
	peer.Run(t, "R11: silence both ways ends a relay after idle, within 2*idle", func(b *peer.Bench) {
		s := begin(b, idle)
		expectIdle(b, "Relay returns although no byte ever came", s, 0)
		s.client.ExpectReset("the client does not take the silence for an end")
		s.feed.ExpectReset("the feed does not take the silence for an end")

		s = begin(b, idle)
		b.Advance(4 * time.Second)
		s.client.Send("copper?\n")
		s.feed.Expect("the question reaches the feed", "copper?\n")
		b.Advance(4 * time.Second)
		s.feed.Send("copper 9120\n")
		s.client.Expect("the answer reaches the client", "copper 9120\n")
		end := expectIdle(b, "Relay returns although neither stream has ended", s, 8*time.Second)
		b.Equal("ab counts the bytes from a to b", int64(len("copper?\n")), end.ab)
		b.Equal("ba counts the bytes from b to a", int64(len("copper 9120\n")), end.ba)

		s = begin(b, idle)
		b.Advance(3 * time.Second)
		s.client.Send("copper?\n")
		s.feed.Expect("the question reaches the feed", "copper?\n")
		b.Advance(9 * time.Second) // FIN moves no byte
		s.client.CloseWrite()
		s.feed.ExpectEOF("the feed learns that the question has ended")
		expectIdle(b, "Relay returns although the feed's stream has not ended", s, 3*time.Second)
		s.client.ExpectReset("the client does not take the silence for an answer")

		s = begin(b, idle)
		s.client.StopReading()
		s.feed.StopReading()
		s.client.SendAsync(peer.Numbered(peer.Plenty))
		s.feed.SendAsync(peer.Numbered(peer.Plenty))
		expectIdle(b, "Relay returns even if both directions are blocked in Write", s, 0)
		s.expectClosed(b)

		hold := fault.NewHold()
		defer hold.Release()
		s = beginWith(b, b.Context(), idle, hold.Conn, nil)
		s.feed.Send("copper 9120\n")
		b.Advance(9 * time.Second)
		hold.Release()
		s.client.Expect("a Write that took 9s has passed on the price", "copper 9120\n")
		expectIdle(b, "Relay returns although a Write took long", s, 9*time.Second)

		s = beginWith(b, b.Context(), idle, fault.EmptyReads, fault.EmptyReads)
		expectIdle(b, "Relay returns although some Reads return no byte and no error", s, 0)

		s = begin(b, 1)
		_, err := s.call.Result("Relay returns if idle is 1ns")
		b.ErrorIs("no byte has moved for idle", err, os.ErrDeadlineExceeded)

		d := new(desk)
		client := b.Dial(d.serveIdle(b, b.Context(), idle))
		d.await(b, 1)
		b.Advance(time.Hour)
		client.ExpectQuiet("a dial may take an hour")
		feed := d.connect(b, 1)
		began := b.Elapsed()
		client.ExpectReset("Serve passes idle to its relays")
		feed.ExpectReset("Serve passes idle to its relays")
		b.AtLeast("the time of the dial is no silence", b.Elapsed()-began, idle)
		b.AtMost("Serve ends a silent relay within twice idle", b.Elapsed()-began, 2*idle)
	}, peer.Virtual)
}

// expectIdle checks that Relay gives up in time after the last byte moved.
func expectIdle(b *peer.Bench, reason string, s *session, last time.Duration) ending {
	b.Helper()
	end, err := s.call.Result(reason)
	b.ErrorIs("no byte has moved for idle", err, os.ErrDeadlineExceeded)
	b.AtLeast(fmt.Sprintf("Relay ends no earlier: the last byte moved at %v, and idle is %v", last, idle), end.took, last+idle)
	b.AtMost(fmt.Sprintf("Relay ends no later: the last byte moved at %v, and idle is %v", last, idle), end.took, last+2*idle)
	return end
}

func TestOneWay_R12(t *testing.T) {
	peer.Run(t, "R12: bytes in one direction keep both directions alive", func(b *peer.Bench) {
		s := begin(b, idle)
		for range 6 {
			b.Advance(9 * time.Second)
			s.feed.Send("copper 9120\n")
			s.client.Expect("a download is not idle, though the client is silent", "copper 9120\n")
		}
		for range 6 {
			b.Advance(9 * time.Second)
			s.client.Send("?")
			s.feed.Expect("an upload of single bytes is not idle, though the feed is silent", "?")
		}
		s.client.CloseWrite()
		s.feed.ExpectEOF("the feed learns that the client's stream has ended")
		for range 6 {
			b.Advance(9 * time.Second)
			s.feed.Send("copper 9120\n")
			s.client.Expect("a download is not idle, though the client's stream has ended", "copper 9120\n")
		}

		s = begin(b, idle)
		s.client.StopReading()
		s.feed.Send(odd)
		b.Settle() // no buffer can now be full at the end of one of Relay's
		s.feed.SendAsync(peer.Numbered(peer.Plenty))
		for range 6 {
			b.Advance(9 * time.Second)
			s.client.Send("copper?\n")
			s.feed.Expect("an upload is not idle, though the download is blocked in Write", "copper?\n")
		}
		s.client.ResumeReading()
		s.client.Expect("the first bytes arrive once the client reads again", odd)
		s.client.Expect("Relay loses no byte once the client reads again", peer.Numbered(peer.Plenty))

		for _, none := range []time.Duration{0, -time.Second, math.MaxInt64} {
			s = begin(b, none)
			b.Advance(10 * time.Minute)
			s.client.Send("copper?\n")
			s.feed.Expect(fmt.Sprintf("with an idle of %d ns a relay may be silent for 10m", none), "copper?\n")
			s.feed.CloseWrite()
			s.client.ExpectEOF("the client learns that the feed's stream has ended")
			b.Advance(10 * time.Minute)
			s.client.Send("copper?\n")
			s.feed.Expect(fmt.Sprintf("with an idle of %d ns one direction may be silent for 10m", none), "copper?\n")
		}
	}, peer.Virtual)
}
