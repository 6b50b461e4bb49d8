package udpecho_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	udpecho "socketkata/exercises/08-udpecho"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestTooLong_R7(t *testing.T) {
	peer.Run(t, "R7: Serve drops a datagram of more than max bytes", func(b *peer.Bench) {
		bus := b.DialPacket(serve(b))
		stops := strings.Repeat("harbour, market\n", limit/16)
		bus.Send(stops)
		bus.Expect("max bytes are echoed", stops)
		bus.Send(stops + "!")
		bus.ExpectNone("max+1 bytes are dropped, not cut", "bus 7 is late", "bus 7 is late")
		bus.Send(strings.Repeat(stops, 10))
		bus.ExpectNone("ten times max is dropped, not cut", "bus 7 is full", "bus 7 is full")

		bus = b.DialPacket(b.Named("Serve").ServePacket(func(pc net.PacketConn) error { return udpecho.Serve(b.Context(), pc, 1) }))
		bus.Send("7")
		bus.Expect("a single byte is echoed if max is 1", "7")
		bus.Send("79")
		bus.ExpectNone("two bytes are dropped if max is 1", "9", "9")

		bus = b.DialPacket(b.Named("Serve").ServePacket(func(pc net.PacketConn) error { return udpecho.Serve(b.Context(), longest{pc}, 65527) }))
		bus.Send("bus 11 is full")
		bus.Expect("65,527 bytes, the most over IPv6, are echoed whole", "bus 11 is full")
	})
}

func TestStrangers_R8(t *testing.T) {
	peer.Run(t, "R8: Do takes a reply only from the address it asked", func(b *peer.Bench) {
		server, stranger, pc := b.ListenPacket(), b.ListenPacket("stranger"), b.PacketConn()
		call := do(b.Context(), b, patient, pc, server.Addr(), "line 7?")
		id := takeRequest(b, server, "Do sends its request", "line 7?")
		stranger.SendTo(pc.LocalAddr(), id+"never")
		server.Send(id + "14:05")
		expectReply(b, call, "Do ignores a stranger, even with the right id", "14:05")

		call = do(b.Context(), b, patient, pc, mapped(server.Addr()), "line 9?")
		server.Send(takeRequest(b, server, "Do sends to an IPv4 address in IPv6 form", "line 9?") + "14:11")
		expectReply(b, call, "the IPv6 form of an IPv4 address is the same address", "14:11")
		call = do(b.Context(), b, patient, dualStack{pc}, server.Addr(), "line 5?")
		server.Send(takeRequest(b, server, "Do sends its request", "line 5?") + "13:50")
		expectReply(b, call, "a sender in IPv6 form is still the same address", "13:50")

		call = do(b.Context(), b, patient, twoLinks{pc, server.Addr()}, neighbour("eth0"), "line 11?")
		id = takeRequest(b, server, "Do sends its request", "line 11?")
		stranger.SendTo(pc.LocalAddr(), id+"never")
		server.Send(id + "14:20")
		expectReply(b, call, "Do ignores a stranger whose address differs only in its zone", "14:20")
	})
}

func TestStaleReplies_R9(t *testing.T) {
	peer.Run(t, "R9: Do takes only a reply with the id of this call", func(b *peer.Bench) {
		server, pc := b.ListenPacket(), b.PacketConn()
		server.FateSent(1, peer.Twice)
		first := do(b.Context(), b, patient, pc, server.Addr(), "line 7?")
		id := takeRequest(b, server, "Do sends its request", "line 7?")
		server.Send(id + "14:05")
		expectReply(b, first, "Do returns the reply", "14:05")

		second := do(b.Context(), b, patient, pc, server.Addr(), "line 9?")
		id = takeRequest(b, server, "Do sends its next request", "line 9?")
		server.Send("")
		server.Send(id[:len(id)/2])
		server.Send("14:05 is what line 7 does")
		server.Send(id + "14:11")
		expectReply(b, second, "a doubled reply, a cut one and one without id are ignored", "14:11")

		b.Inside("it makes 2,000 calls, which takes too long from another process")
		counter := &idCounter{PacketConn: b.PacketConn(), requests: map[string]int{}}
		_, err := peer.Start(b, "Do", func() (reply []byte, err error) {
			for range 2000 {
				if reply, err = patient.Do(b.Context(), counter, counter.LocalAddr(), []byte("line 7?")); err != nil {
					break
				}
			}
			return reply, err
		}).Result("Do returns when it asks its own address, which sends the request back")
		b.NoError("Do received its request as the reply", err)
		b.AtMost("32 random bits give 2,000 calls hardly one id twice, 16 bits some 30", 2000-len(counter.requests), 2)
	}, peer.Virtual, peer.Loopback) // in virtual time the clock stands still: it is no source of ids
}

func TestDeadlineStays_R10(t *testing.T) {
	peer.Run(t, "R10: other datagrams neither extend nor end a try", func(b *peer.Bench) {
		server, stranger, pc := b.ListenPacket(), b.ListenPacket("stranger"), b.PacketConn()
		earlier := do(b.Context(), b, patient, pc, server.Addr(), "line 5?")
		oldID := takeRequest(b, server, "Do sends its request", "line 5?")
		server.Send(oldID + "13:50")
		expectReply(b, earlier, "Do returns the reply", "13:50")

		call := do(b.Context(), b, udpecho.Client{Timeout: 2 * time.Second, Tries: 2}, pc, server.Addr(), "line 7?")
		takeRequest(b, server, "Do sends its request", "line 7?")
		b.Advance(time.Second)
		server.Send(oldID + "13:50")
		b.Advance(500 * time.Millisecond)
		stranger.SendTo(pc.LocalAddr(), "14:05, says a stranger")
		id := takeRequest(b, server, "the second try follows", "line 7?")
		b.Equal("the second try is sent after Timeout", 2*time.Second, b.Elapsed())
		b.Advance(1500 * time.Millisecond)
		stranger.SendTo(pc.LocalAddr(), "14:11, says a stranger")
		server.Send(oldID + "13:50")
		call.ExpectPending("Do still waits")
		server.Send(id + "14:05")
		expectReply(b, call, "Do returns the reply", "14:05")
	}, peer.Virtual)
}

func TestRefused_R11(t *testing.T) {
	peer.Run(t, "R11: Serve survives a refusal and returns other read errors", func(b *peer.Bench) {
		broken := errors.New("the network card is gone")
		ctx := b.CountingContext()
		server := serveUntil(ctx, b, fault.FailReadFrom(broken))
		b.ErrorIs("Serve returns the error of ReadFrom", server.Result("Serve returns when ReadFrom fails"), broken)
		ctx.ExpectReleased("Serve leaves nothing registered on ctx")
		b.Until("Serve leaves no goroutine behind after an error", func() bool { return b.Goroutines() == 0 })

		bus := b.DialPacket(serve(b, fault.FailReadFrom(fault.PortUnreachable(), fault.PortUnreachable())))
		bus.Send("bus 7 is at the harbour")
		bus.Expect("Serve reads on after ECONNREFUSED", "bus 7 is at the harbour")

		bus = b.DialPacket(serve(b, fault.FailWriteTo(fault.PortUnreachable(), broken)))
		bus.Send("bus 7 is late")
		bus.Send("bus 7 is late") // the same bytes again: whose answer they are does not matter
		bus.ExpectNone("a WriteTo that fails costs one answer", "bus 7 is late", "bus 7 is late")
		bus.ExpectNone("it costs no more, and the answer is not repeated", "bus 7 is full", "bus 7 is full")

		// A Serve that polls takes the first error for its own deadline, and returns the second.
		server = serve(b, fault.FailReadFrom(os.ErrDeadlineExceeded, broken))
		b.Error("os.ErrDeadlineExceeded from ReadFrom is not the end of ctx", server.Result("Serve returns when ReadFrom fails"))
	})
}

func TestCancel_R12(t *testing.T) {
	peer.Run(t, "R12: Do returns ctx's error once ctx is done", func(b *peer.Bench) {
		server, pc := b.ListenPacket(), b.PacketConn()
		ctx, cancel := context.WithCancelCause(b.Context())
		call := do(ctx, b, udpecho.Client{Timeout: patient.Timeout, Tries: 3}, pc, server.Addr(), "line 7?")
		takeRequest(b, server, "Do sends its request", "line 7?")
		call.ExpectPending("Do waits for the reply")
		cancel(errors.New("the last bus has left"))
		_, err := call.Result("Do returns as soon as ctx is done")
		b.ErrorIs("Do returns ctx.Err(), not its cause", err, context.Canceled)
		brief, stop := context.WithTimeout(b.Context(), 100*time.Millisecond)
		defer stop()
		_, err = do(brief, b, patient, b.PacketConn(), b.ListenPacket("silent").Addr(), "line 7?").Result("Do returns at the deadline of ctx")
		b.ErrorIs("Do returns ctx.Err(), and the try is not over", err, context.DeadlineExceeded)

		_, err = do(ctx, b, patient, pc, server.Addr(), "line 9?").Result("ctx is already done")
		b.ErrorIs("Do returns ctx's error", err, context.Canceled)
		b.Until("what ctx has started runs no more", b.AtRest)
		_, err = pc.WriteTo([]byte("out of service"), server.Addr())
		b.NoError("pc still sends after Do", err)
		server.Expect("a datagram was sent after ctx was done", "out of service")
		call = do(b.Context(), b, patient, pc, server.Addr(), "line 11?")
		server.Send(takeRequest(b, server, "Do sends its request", "line 11?") + "14:20")
		expectReply(b, call, "a later call works", "14:20")

		hold := fault.NewHold()
		defer hold.Release()
		cancelDuring(b, "WriteTo", hold.Holds, hold.Release, hold.PacketConn(pc), server)
		hold = fault.NewHold()
		defer hold.Release()
		server.SendTo(pc.LocalAddr(), "the last bus leaves") // not the reply: Do must look at ctx before it waits again
		cancelDuring(b, "ReadFrom", hold.Holds, hold.Release, hold.Received(pc), server)
		late := newLateDeadline(pc, inFuture)
		defer late.release()
		cancelDuring(b, "SetReadDeadline", b.AtRest, late.release, late, server)
	})
}

// cancelDuring cancels ctx while Do is in a method of pc, and then lets that go on.
func cancelDuring(b *peer.Bench, method string, held func() bool, release func(), pc net.PacketConn, server *peer.PacketPeer) {
	b.Helper()
	ctx, cancel := context.WithCancelCause(b.Context())
	call := do(ctx, b, patient, pc, server.Addr(), "line 13?")
	b.Until("Do is in "+method, held)
	cancel(errors.New("the last bus has left"))
	b.Until("what ctx has started runs no more", b.AtRest)
	release()
	_, err := call.Result("Do returns when ctx is done while it is in " + method)
	b.ErrorIs("Do returns ctx's error after it was done during "+method, err, context.Canceled)
}
