package udpecho_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	udpecho "socketkata/exercises/08-udpecho"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestSenders_R1(t *testing.T) {
	peer.Run(t, "R1: Serve sends every datagram back to its own sender", func(b *peer.Bench) {
		server, start := serveOnceTold(b)
		var buses []*peer.PacketPeer
		for i := range 20 {
			bus := b.DialPacket(server)
			bus.Send(fmt.Sprintf("bus %d is at the harbour", i))
			buses = append(buses, bus)
		}
		start()
		for i, bus := range buses {
			bus.Expect("each sender gets its own bytes", fmt.Sprintf("bus %d is at the harbour", i))
			bus.ExpectNone("no sender gets another's bytes", "out of service", "out of service")
		}
	})
}

func TestMessages_R2(t *testing.T) {
	peer.Run(t, "R2: each datagram is one message, even an empty one", func(b *peer.Bench) {
		bus := b.DialPacket(serve(b))
		bus.Send("bus 7 is at the harbour\n")
		bus.Expect("the echo is the datagram", "bus 7 is at the harbour\n")
		bus.Send("7 late")
		bus.Expect("an echo has no bytes of the datagram before it", "7 late")
		bus.Send("")
		bus.Expect("an empty datagram is a message, not an end", "")
		bus.Send("bus 7 is at the market")
		bus.Expect("Serve goes on after an empty datagram", "bus 7 is at the market")
		bus.ExpectNone("each datagram is echoed once", "bus 7 is full", "bus 7 is full")
	})
}

func TestReply_R3(t *testing.T) {
	peer.Run(t, "R3: Do sends its request and returns the whole reply", func(b *peer.Bench) {
		server, pc := b.ListenPacket(), b.PacketConn()
		const question, behind = "line 7 at the harbour?", ", and what is behind it"
		memory := []byte(question + behind)
		first := doOf(b.Context(), b, patient, pc, server.Addr(), memory[:len(question)])
		id := takeRequest(b, server, "Do sends its request", question)
		first.ExpectPending("Do waits for the reply")
		server.Send(id + "14:05")
		expectReply(b, first, "Do returns the reply without its id", "14:05")
		b.Equal("Do leaves req and the bytes behind it as they were", question+behind, memory)

		timetable := strings.Repeat("line 7 at 14:05, line 9 at 14:11\n", 270)
		second := do(b.Context(), b, patient, pc, server.Addr(), "")
		server.Send(takeRequest(b, server, "an empty req is a request", "") + timetable)
		expectReply(b, second, "a long reply comes back whole", timetable)

		third := do(b.Context(), b, patient, pc, server.Addr(), timetable)
		server.Send(takeRequest(b, server, "Do sends a long request", timetable))
		expectReply(b, third, "an empty reply is a reply", "")

		fourth := do(b.Context(), b, patient, longest{pc}, server.Addr(), "line 9?")
		id = takeRequest(b, server, "Do sends its request", "line 9?")
		server.Send(id + "14:11")
		expectReply(b, fourth, "a reply of 65,527 bytes, id included, comes back whole: IPv6 has room for them", "14:11"+padding(len(id)+len("14:11")))
		got, _ := first.Result("Do returned before")
		b.Equal("a later call does not change an earlier reply", "14:05", got)
	})
}

func TestRetry_R4(t *testing.T) {
	peer.Run(t, "R4: Do repeats the same datagram until a reply comes", func(b *peer.Bench) {
		server, pc := b.ListenPacket(), b.PacketConn()
		call := do(b.Context(), b, udpecho.Client{Timeout: 100 * time.Millisecond, Tries: 1000}, pc, server.Addr(), "line 7?")
		request := server.Receive("Do sends its request")
		server.Expect("Do sends it again: the server may have missed it", request)
		server.Expect("the id stays the same, so the server knows the request", request)
		server.Send(request[:min(idSize, len(request))] + "14:05")
		expectReply(b, call, "a reply to any of the tries is the reply", "14:05")
	}, peer.Virtual, peer.Loopback)
}

func TestGiveUp_R5(t *testing.T) {
	peer.Run(t, "R5: Do waits Timeout per try and gives up after Tries", func(b *peer.Bench) {
		server, pc := b.ListenPacket(), b.PacketConn()
		call := do(b.Context(), b, udpecho.Client{Timeout: 2 * time.Second, Tries: 3}, pc, server.Addr(), "line 7?")
		takeRequest(b, server, "Do sends its request", "line 7?")
		b.Equal("the first try is sent at once", 0*time.Second, b.Elapsed())
		takeRequest(b, server, "the second try follows", "line 7?")
		b.Equal("the second try is sent after Timeout", 2*time.Second, b.Elapsed())
		takeRequest(b, server, "the third try follows", "line 7?")
		b.Equal("the third try is sent after Timeout", 4*time.Second, b.Elapsed())
		_, err := call.Result("Do gives up after its last try")
		b.ErrorIs("the error says that no reply came in time", err, os.ErrDeadlineExceeded)
		b.Equal("Do gives up one Timeout after its last try", 6*time.Second, b.Elapsed())
		b.Advance(time.Minute)
		server.ExpectQuiet("Do sends no more than Tries datagrams")
	}, peer.Virtual)
}

func TestServeReturns_R6(t *testing.T) {
	peer.Run(t, "R6: Serve returns nil once ctx is done or pc is closed", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		pcs := make(chan net.PacketConn, 1)
		server := b.Named("Serve").ServePacket(func(pc net.PacketConn) error {
			pcs <- pc
			return udpecho.Serve(ctx, pc, limit)
		})
		bus := b.DialPacket(server)
		bus.Send("bus 7 is at the harbour")
		bus.Expect("Serve serves until ctx is done", "bus 7 is at the harbour")
		b.Until("Serve waits for the next datagram", b.AtRest)
		server.ExpectRunning("Serve returns only at the end")
		b.Note("ctx is canceled")
		cancel()
		b.NoError("the end of ctx is a normal end", server.Result("Serve returns although no datagram comes"))
		pc := <-pcs
		_, err := pc.WriteTo([]byte("out of service"), pc.LocalAddr())
		b.NoError("Serve leaves pc open and without a write deadline: it is its owner's", err)

		server = serve(b)
		bus = b.DialPacket(server)
		bus.Send("bus 9 is at the harbour")
		bus.Expect("Serve serves until pc is closed", "bus 9 is at the harbour")
		server.Close()
		b.NoError("a closed pc is a normal end", server.Result("Serve returns when pc is closed"))
		b.Until("Serve leaves no goroutine behind, even if ctx goes on", func() bool { return b.Goroutines() == 0 })

		hold := fault.NewHold()
		defer hold.Release()
		ctx, cancel = context.WithCancel(b.Context())
		defer cancel()
		server = serveUntil(ctx, b, hold.PacketConn)
		b.DialPacket(server).Send("bus 11 is at the harbour")
		b.Until("Serve is in WriteTo", hold.Holds)
		b.Note("ctx is canceled")
		cancel()
		b.Until("what ctx has started runs no more", b.AtRest)
		hold.Release()
		b.NoError("the end of ctx is a normal end", server.Result("Serve returns when ctx is done while it is in WriteTo"))
	})
}
