package relay_test

import (
	"strings"
	"testing"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestBothWays_R1(t *testing.T) {
	peer.Run(t, "R1: bytes pass both ways, unchanged and as soon as they arrive", func(b *peer.Bench) {
		s := begin(b, 0)
		s.feed.Send("prices at 10:15\n")
		s.client.Expect("the feed speaks first, and the client is silent", "prices at 10:15\n")
		s.client.Send("copper?\n")
		s.feed.Expect("the client's question reaches the feed", "copper?\n")
		s.feed.Send("copper 9120\n")
		s.client.Expect("the answer reaches the client", "copper 9120\n")
		s.client.Send("tin?\nzinc?\nlead?\n")
		s.feed.Expect("three questions that arrive together all reach the feed", "tin?\nzinc?\nlead?\n")
		s.feed.Send("tin 27")
		s.client.Expect("a part of a line is passed on while the rest is missing", "tin 27")
		s.feed.Send("350\nzinc 2810\n")
		s.client.Expect("the rest is passed on", "350\nzinc 2810\n")
		s.client.Send(allBytes)
		s.feed.Expect("the client's bytes may have any value", allBytes)
		s.feed.Send(allBytes)
		s.client.Expect("the feed's bytes may have any value", allBytes)
		s.call.ExpectPending("neither stream has ended")
	})
}

func TestHalfClose_R2(t *testing.T) {
	peer.Run(t, "R2: the end of one stream is passed on, and the other carries on", func(b *peer.Bench) {
		s := begin(b, 0)
		s.client.Send("all prices of 2026\n")
		s.client.CloseWrite()
		s.feed.Expect("the request reaches the feed", "all prices of 2026\n")
		s.feed.ExpectEOF("the feed learns that the request has ended")
		s.feed.Send(peer.Numbered(peer.Plenty))
		s.client.Expect("the late answer arrives whole", peer.Numbered(peer.Plenty))
		s.call.ExpectPending("the feed's stream has not ended")
		s.feed.CloseWrite()
		s.client.ExpectEOF("the client learns that the answer has ended")

		s = begin(b, 0)
		s.feed.Send("closed for today\n")
		s.feed.CloseWrite()
		s.client.Expect("the feed's last line reaches the client", "closed for today\n")
		s.client.ExpectEOF("the client learns that the feed has ended its stream")
		s.client.Send(peer.Numbered(peer.Plenty))
		s.feed.Expect("the client may still send", peer.Numbered(peer.Plenty))
		s.call.ExpectPending("the client's stream has not ended")
		s.client.CloseWrite()
		s.feed.ExpectEOF("the feed learns that the client has ended its stream")

		s = begin(b, 0)
		s.feed.StopReading()
		s.client.Send(peer.Numbered(100_000))
		s.client.CloseWrite()
		s.feed.ResumeReading()
		s.feed.Expect("the end of the stream does not overtake its bytes", peer.Numbered(100_000))
		s.feed.ExpectEOF("the feed learns that the client has ended its stream")
	})
}

func TestEnd_R3(t *testing.T) {
	peer.Run(t, "R3: after both ends, Relay closes both conns and returns the counts", func(b *peer.Bench) {
		s := begin(b, 0)
		s.client.Send("copper?\n")
		s.feed.Expect("the question reaches the feed", "copper?\n")
		s.feed.Send("copper 9120\n")
		s.client.Expect("the answer reaches the client", "copper 9120\n")
		s.client.CloseWrite()
		s.feed.ExpectEOF("the feed learns that the client's stream has ended")
		s.feed.CloseWrite()
		s.client.ExpectEOF("the client learns that the feed's stream has ended")
		end, err := s.call.Result("Relay returns when both streams have ended")
		b.NoError("both streams ended with FIN", err)
		b.Equal("ab counts the bytes from a to b", int64(len("copper?\n")), end.ab)
		b.Equal("ba counts the bytes from b to a", int64(len("copper 9120\n")), end.ba)
		s.expectClosed(b)

		s = begin(b, 0)
		s.feed.CloseWrite()
		s.client.CloseWrite()
		end, err = s.call.Result("Relay returns when both streams have ended")
		b.NoError("two empty streams end like any others", err)
		b.Equal("nothing went from a to b", int64(0), end.ab)
		b.Equal("nothing went from b to a", int64(0), end.ba)
		s.expectClosed(b)

		client, feed := new(watchedConn), new(watchedConn)
		s = beginWith(b, b.Context(), 0, client.wrap, feed.wrap)
		s.feed.Send("copper 9120\n")
		s.client.Expect("the price reaches the client", "copper 9120\n")
		s.feed.CloseWrite()
		s.client.CloseWrite()
		_, err = s.call.Result("Relay returns when both streams have ended")
		b.NoError("both streams ended with FIN", err)
		b.Equal("Close does not drop what the client has not read yet", kept, client.fate())
		b.Equal("Close does not drop what the feed has not read yet", kept, feed.fate())
	})
}

func TestReset_R4(t *testing.T) {
	peer.Run(t, "R4: a reset on one side becomes a reset on the other, never FIN", func(b *peer.Bench) {
		s := begin(b, 0)
		s.feed.Send("copper 9120\n")
		s.client.Expect("the client gets what came before the reset", "copper 9120\n")
		s.feed.Reset()
		s.client.ExpectReset("FIN would say that the feed has sent everything")
		_, err := s.call.Result("Relay returns although the client's stream has not ended")
		b.ErrorIs("Relay returns the error of Read", err, errReset)
		b.Until("Relay leaves no goroutine", func() bool { return b.Goroutines() == 0 })
		s.expectClosed(b)

		s = begin(b, 0)
		s.client.Send("copp")
		s.feed.Expect("the feed gets what came before the reset", "copp")
		s.client.Reset()
		s.feed.ExpectReset("FIN would say that the client has sent everything")
		_, err = s.call.Result("Relay returns although the feed's stream has not ended")
		b.ErrorIs("Relay returns the error of Read", err, errReset)

		s = begin(b, 0)
		s.client.Send("all prices of 2026\n")
		s.client.CloseWrite()
		s.feed.Expect("the request reaches the feed", "all prices of 2026\n")
		s.feed.ExpectEOF("the feed learns that the request has ended")
		s.feed.Send("copper 9120\n")
		s.client.Expect("a part of the answer reaches the client", "copper 9120\n")
		s.feed.Reset()
		s.client.ExpectReset("the answer is not complete, though the request was")
		_, err = s.call.Result("Relay returns")
		b.ErrorIs("Relay returns the error of Read", err, errReset)

		s = begin(b, 0)
		s.feed.CloseWrite()
		s.client.ExpectEOF("the client learns that the feed's stream has ended")
		s.client.Reset()
		s.feed.ExpectReset("the client's stream is not complete, though the feed's was")
		_, err = s.call.Result("Relay returns")
		b.ErrorIs("Relay returns the error of Read", err, errReset)

		s = begin(b, 0)
		s.client.CloseWrite()
		s.feed.ExpectEOF("the feed learns that the client's stream has ended")
		s.client.Reset()
		s.feed.Send(peer.Numbered(peer.Plenty)) // after FIN, only Write meets a reset
		_, err = s.call.Result("Relay returns when the client's conn takes no more bytes")
		b.Error("the feed's bytes did not arrive", err)
	})
}

func TestServe_R5(t *testing.T) {
	peer.Run(t, "R5: Serve relays each client to a conn of its own", func(b *peer.Bench) {
		d := new(desk)
		server := d.serve(b, b.Context())
		hold := fault.NewHold()
		defer hold.Release()
		first := b.Dial(server)
		firstFeed := d.connect(b, 1, hold.Conn)
		first.Send("copper?\n")
		b.Until("Serve passes on what the first client sends", hold.Holds)
		second := b.Dial(server)
		secondFeed := d.connect(b, 2)
		second.Send("zinc 5?\n")
		secondFeed.Expect("the second client is served while the first one's Write waits", "zinc 5?\n")
		hold.Release()
		firstFeed.Expect("the first client's bytes go to its own feed", "copper?\n")
		secondFeed.Send("prices at 10:15\n")
		second.Expect("the second client's feed may speak as well", "prices at 10:15\n")
		first.SendAsync(peer.Numbered(1 << 20))
		second.SendAsync(strings.Repeat("zinc? ", 1<<20/6))
		firstFeed.Expect("the first client's bytes go to its own feed", peer.Numbered(1<<20))
		secondFeed.Expect("the second client's bytes go to its own feed", strings.Repeat("zinc? ", 1<<20/6))
		firstFeed.Reset()
		first.ExpectReset("the first client learns that its feed is gone")
		secondFeed.Send("zinc 2810\n")
		second.Expect("after the reset of a feed the second client's relay carries on", "zinc 2810\n")
		third := b.Dial(server)
		thirdFeed := d.connect(b, 3)
		third.Send("lead?\n")
		third.CloseWrite()
		thirdFeed.Expect("after the reset of a feed a later client is served", "lead?\n")
		thirdFeed.ExpectEOF("the third feed learns that the question has ended")
		thirdFeed.Send("lead 2050\n")
		thirdFeed.CloseWrite()
		third.Expect("the answer reaches the third client", "lead 2050\n")
		third.ExpectEOF("the third client learns that the answer has ended")
		server.ExpectRunning("Serve runs until its context is done or Accept fails")
	})
}

func TestDial_R6(t *testing.T) {
	peer.Run(t, "R6: a dial that fails or takes long concerns its own client only", func(b *peer.Bench) {
		d := new(desk)
		server := d.serve(b, b.Context())
		waiting := b.Dial(server)
		waiting.Send("copper?\n")
		d.await(b, 1) // and dial does not return yet
		for number := 2; number <= 3; number++ {
			unlucky := b.Dial(server)
			d.refuse(b, number)
			unlucky.ExpectClosed("Serve closes the client's conn if dial fails")
		}
		client := b.Dial(server)
		feed := d.connect(b, 4)
		feed.Send("prices at 10:15\n")
		client.Expect("other clients are served while one dial takes long", "prices at 10:15\n")
		feed = d.connect(b, 1)
		feed.Expect("what the client sent during the dial reaches its feed", "copper?\n")
		feed.Send("copper 9120\n")
		waiting.Expect("the client that waited gets its answer", "copper 9120\n")
		server.ExpectRunning("Serve runs until its context is done or Accept fails")
	})
}
