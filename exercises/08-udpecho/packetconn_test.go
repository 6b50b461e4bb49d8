package udpecho_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	udpecho "socketkata/exercises/08-udpecho"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestConnErrors_R13(t *testing.T) {
	peer.Run(t, "R13: Do returns an error of pc at once", func(b *peer.Bench) {
		server, pc := b.ListenPacket(), b.PacketConn()
		stubborn := udpecho.Client{Timeout: patient.Timeout, Tries: 3}
		_, err := do(b.Context(), b, stubborn, pc, server.Addr(), strings.Repeat("7", 65500)).Result("no datagram has 65,509 bytes")
		b.Error("Do returns the error of WriteTo", err)

		call := do(b.Context(), b, stubborn, pc, server.Addr(), "line 7?")
		takeRequest(b, server, "pc still sends", "line 7?")
		pc.Close()
		_, err = call.Result("Do returns when pc is closed")
		b.ErrorIs("Do returns the error of ReadFrom", err, net.ErrClosed)

		refused := fault.FailReadFrom(fault.PortUnreachable())(b.PacketConn())
		_, err = do(b.Context(), b, stubborn, refused, server.Addr(), "line 9?").Result("Do returns when ReadFrom fails with ECONNREFUSED")
		b.ErrorIs("Do returns the error of ReadFrom, even a refusal", err, syscall.ECONNREFUSED)
		silent := fault.FailReadFrom(os.NewSyscallError("recvfrom", syscall.ETIMEDOUT))(b.PacketConn())
		_, err = do(b.Context(), b, stubborn, silent, server.Addr(), "line 11?").Result("Do returns when ReadFrom fails with ETIMEDOUT")
		b.ErrorIs("Do returns the error of ReadFrom, even ETIMEDOUT", err, syscall.ETIMEDOUT)

		failing := fault.FailWriteTo(nil, fault.PortUnreachable())(b.PacketConn())
		_, err = do(b.Context(), b, udpecho.Client{Timeout: 10 * time.Millisecond, Tries: 1000}, failing, server.Addr(), "line 15?").Result("Do returns when the second WriteTo fails")
		b.ErrorIs("Do returns the error of WriteTo, even a refusal on the second try", err, syscall.ECONNREFUSED)
	})
}

func TestLeavesConn_R14(t *testing.T) {
	peer.Run(t, "R14: Do leaves pc open, and no deadline or goroutine behind", func(b *peer.Bench) {
		server, pc := b.ListenPacket(), b.PacketConn()
		ctx := b.CountingContext()
		call := do(ctx, b, udpecho.Client{Timeout: 2 * time.Second, Tries: 3}, pc, server.Addr(), "line 7?")
		server.Send(takeRequest(b, server, "Do sends its request", "line 7?") + "14:05")
		expectReply(b, call, "Do returns the reply", "14:05")
		ctx.ExpectReleased("Do leaves nothing registered on ctx")
		b.Settle()
		b.Equal("Do leaves no goroutine behind", 0, b.Goroutines())
		expectUsable(b, pc, server, "after Do")

		_, err := do(ctx, b, udpecho.Client{Timeout: time.Second, Tries: 1}, pc, server.Addr(), "line 9?").Result("Do gives up")
		b.Error("no reply came", err)
		ctx.ExpectReleased("Do leaves nothing registered on ctx after its last try")
		takeRequest(b, server, "Do sent its request", "line 9?")
		expectUsable(b, pc, server, "after Do")

		broken := errors.New("the network card is gone")
		failing := fault.FailWriteTo(broken, nil, broken)(pc) // the first try of the first call, the second of the next
		_, err = do(ctx, b, patient, failing, server.Addr(), "line 5?").Result("Do returns when its WriteTo fails")
		b.Error("Do returns the error of WriteTo", err)
		ctx.ExpectReleased("Do leaves nothing registered on ctx after an error")
		expectUsable(b, pc, server, "after Do, whose WriteTo failed")
		_, err = do(ctx, b, udpecho.Client{Timeout: time.Second, Tries: 2}, failing, server.Addr(), "line 5?").Result("Do returns when its second WriteTo fails")
		b.Error("Do returns the error of WriteTo", err)
		takeRequest(b, server, "Do sent its request", "line 5?")
		expectUsable(b, pc, server, "after Do, whose second WriteTo failed")
		_, err = do(ctx, b, patient, fault.FailReadFrom(broken)(pc), server.Addr(), "line 3?").Result("Do returns when its ReadFrom fails")
		b.Error("Do returns the error of ReadFrom", err)
		ctx.ExpectReleased("Do leaves nothing registered on ctx after an error of ReadFrom")
		takeRequest(b, server, "Do sent its request", "line 3?")
		expectUsable(b, pc, server, "after Do, whose ReadFrom failed")

		call = do(ctx, b, patient, pc, server.Addr(), "line 11?")
		takeRequest(b, server, "Do sends its request", "line 11?")
		ctx.Cancel()
		_, err = call.Result("Do returns as soon as ctx is done")
		b.Error("ctx is done", err)
		expectUsable(b, pc, server, "after Do")

		late := newLateDeadline(pc, inPast)
		defer late.release()
		ctx = b.CountingContext()
		call = do(ctx, b, patient, late, server.Addr(), "line 13?")
		id := takeRequest(b, server, "Do sends its request", "line 13?")
		ctx.Cancel()
		rest(b) // the function that wakes Do for ctx has started
		server.Send(id + "14:35")
		rest(b)
		late.release()
		call.Result("Do returns when ctx is done and the reply is there") // with either of the two
		expectUsable(b, pc, server, "after Do, whose ctx was done as the reply came")
	}, peer.Virtual)
}

func TestAtOnce_R15(t *testing.T) {
	peer.Run(t, "R15: calls of Serve or Do at once keep their bytes apart", func(b *peer.Bench) {
		hold := fault.NewHold()
		defer hold.Release()
		slow, quick := b.DialPacket(serve(b, hold.PacketConn)), b.DialPacket(serve(b))
		slow.Send("bus 7 is at the harbour")
		b.Until("Serve sends back what it has received", hold.Holds)
		quick.Send("bus 9 is at the market!")
		quick.Expect("a sender gets its echo while another call waits in WriteTo", "bus 9 is at the market!")
		hold.Release()
		slow.Expect("each sender gets its own bytes", "bus 7 is at the harbour")

		writing, reading := fault.NewHold(), fault.NewHold()
		defer writing.Release()
		defer reading.Release()
		server, pc := b.ListenPacket(), b.PacketConn()
		held := do(b.Context(), b, patient, reading.Received(writing.PacketConn(b.PacketConn())), server.Addr(), "line 7?")
		b.Until("Do sends its request", writing.Holds)
		call := do(b.Context(), b, patient, pc, server.Addr(), "line 9?")
		server.Send(takeRequest(b, server, "Do sends its request while another call waits in WriteTo", "line 9?") + "14:11")
		expectReply(b, call, "Do returns while another call waits in WriteTo", "14:11")
		writing.Release()
		server.Send(takeRequest(b, server, "each call sends its own bytes", "line 7?") + "14:05")
		b.Until("Do has received its reply", reading.Holds)
		call = do(b.Context(), b, patient, pc, server.Addr(), "line 5?")
		server.Send(takeRequest(b, server, "Do sends its request while another call has received", "line 5?") + "13:50")
		expectReply(b, call, "Do returns while another call has received", "13:50")
		reading.Release()
		expectReply(b, held, "each call returns its own bytes", "14:05")
	})
}
