//go:build unix

package rawtcp_test

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

func TestListen4_R1(t *testing.T) {
	peer.Run(t, "R1: Listen4 listens on the address and returns where it is bound", func(b *peer.Bench) {
		one, two := listen(b, 16), listen(b, 16)
		defer unix.Close(one.fd)
		defer unix.Close(two.fd)
		b.Equal("Listen4 binds the address of loopback, which only this machine can reach", "127.0.0.1", nameOf(one.fd).Addr().String())
		b.Equal("the listener is in blocking mode, so that an accept waits", blocking, modeOf(one.fd))
		b.Equal("bound is the address and port that getsockname(2) returns", nameOf(one.fd), one.bound)
		b.Equal("a second listener has a port of its own", nameOf(two.fd), two.bound)
		b.Dial(b.ServerAt("tcp", one.bound.String()))
		b.Dial(b.ServerAt("tcp", two.bound.String()))
		if second := netip.MustParseAddrPort("127.0.0.2:0"); errorOf(unix.Bind, second) == nil { // Linux has all of 127.0.0.0/8
			other, err := listening(b, second, 16).Result("Listen4 returns at once")
			b.NoError("this machine has 127.0.0.2 as well", err)
			defer unix.Close(other.fd)
			b.Equal("Listen4 binds the address that it was given", "127.0.0.2", nameOf(other.fd).Addr().String())
		}
	}, peer.Loopback)
}

func TestAccept_R2(t *testing.T) {
	peer.Run(t, "R2: Accept returns each client's conn and the client's address", func(b *peer.Bench) {
		l := listen(b, 16)
		defer unix.Close(l.fd)
		server := b.ServerAt("tcp", l.bound.String())
		acceptGone(b, l, server)
		early := b.Dial(server)
		first := accept(b, l)
		defer unix.Close(first.fd)
		b.Equal("the conn is in blocking mode, so that a read waits", blocking, modeOf(first.fd))
		b.Equal("client is the address that getpeername(2) returns", peerOf(first.fd), first.client)
		b.Equal("the listener stays in blocking mode", blocking, modeOf(l.fd))
		waiting := peer.Start(b, "Accept", acceptFrom(l))
		late := b.Dial(server)
		second, err := waiting.Result("Accept returns when the next client connects")
		b.NoError("the listener still accepts", err)
		b.Equal("the second client has an address of its own", peerOf(second.fd), second.client)
		send(second.fd, "platform 2\n")
		late.Expect("the second descriptor is the second client's conn", "platform 2\n")
		unix.Close(second.fd)
		late.ExpectEOF("the descriptor is the only one of its conn")
		send(first.fd, "platform 1\n")
		early.Expect("the first client's conn is still open", "platform 1\n")
	}, peer.Loopback)
}

func TestConnect4_R3(t *testing.T) {
	peer.Run(t, "R3: Connect4 returns a conn in blocking mode", func(b *peer.Bench) {
		buses, trains := b.Listen(), b.Listen()
		bus, train := connect(b, buses), connect(b, trains)
		defer unix.Close(bus)
		defer unix.Close(train)
		buses.Accept("Connect4 reaches the server at that address and port").Send("B12 08:14\n")
		trains.Accept("Connect4 reaches the second server too").Send("RE5 08:20\n")
		b.Equal("reads and writes on the conn wait, without a time limit", blocking, modeOf(bus))
		b.Equal("those on the second conn wait too", blocking, modeOf(train))
		b.Equal("the conn carries what the server sends", "B12 08:14\n", receive(bus, 10))
		b.Equal("each conn carries what its own server sends", "RE5 08:20\n", receive(train, 10))
	}, peer.Loopback)
}

func TestRefused_R4(t *testing.T) {
	peer.Run(t, "R4: Connect4 returns the kernel's error when the server refuses", func(b *peer.Bench) {
		host := b.Listen()
		unix.Close(connect(b, host))
		host.Close()
		for range 2 {
			_, err := connecting(b, at(host), patient).Result("Connect4 returns at once, not when its timeout passes")
			b.ErrorIs("nobody listens at that port", err, unix.ECONNREFUSED)
		}
	}, peer.Loopback)
}

func TestWriteFull_R5(t *testing.T) {
	peer.Run(t, "R5: WriteFull sends every byte, even after a short write", func(b *peer.Bench) {
		reader, fd := b.PairFD()
		_, err := writing(b, fd, "B12 08:14\n").Result("WriteFull returns when the kernel has taken the bytes")
		b.NoError("the peer reads", err)
		reader.Expect("a short message arrives", "B12 08:14\n")
		timetable := peer.Numbered(2 << 20)
		reader.StopReading()
		write := onThread(b, "WriteFull", writeFull(fd, timetable))
		write.interrupt(b) // write(2) returns what it has taken so far
		reader.Take(1 << 20)
		reader.Expect("WriteFull sends the rest after a short write", timetable[:1<<20])
		write.interrupt(b)
		reader.ResumeReading()
		reader.Expect("WriteFull sends the rest after a second short write", timetable[1<<20:])
		n, err := write.Result("WriteFull returns when the kernel has taken the bytes")
		b.NoError("the peer reads", err)
		b.Equal("WriteFull counts the bytes of all its writes", result(len(timetable)), result(n))
		b.Equal("the conn stays in blocking mode", blocking, modeOf(fd))
	}, peer.Loopback)
}

func TestReadFull_R6(t *testing.T) {
	peer.Run(t, "R6: ReadFull fills p, however few bytes each read returns", func(b *peer.Bench) {
		bus, busFD := b.PairFD()
		train, trainFD := b.PairFD()
		first := reading(b, busFD, 10)
		bus.SendPieces("B", "12 0", "8:14\nB12 0")
		text, err := first.Result("ReadFull returns when p is full")
		b.NoError("all 10 bytes have come", err)
		b.Equal("ReadFull puts the pieces together", "B12 08:14\n", text)
		second, other := reading(b, busFD, 10), reading(b, trainFD, 10)
		train.SendPieces("RE", "5 08:20\n")
		text, err = other.Result("ReadFull returns when p is full")
		b.NoError("all 10 bytes have come", err)
		b.Equal("two ReadFulls at once read each its own conn", "RE5 08:20\n", text)
		bus.Send("8:34\nB12 ")
		text, err = second.Result("ReadFull returns when p is full")
		b.NoError("10 more bytes have come", err)
		b.Equal("ReadFull reads on where it stopped", "B12 08:34\n", text)
		b.Equal("ReadFull takes no byte beyond p from the socket", "B12 ", receive(busFD, 64))
		timetable := peer.Numbered(1 << 20) // more than a conn holds
		long := reading(b, busFD, len(timetable))
		bus.SendAsync(timetable)
		text, err = long.Result("ReadFull returns when a long p is full")
		b.NoError("all bytes have come", err)
		b.Equal("ReadFull fills a long p", timetable, text)
		b.Equal("the conn stays in blocking mode", blocking, modeOf(busFD))
	}, peer.Loopback)
}
