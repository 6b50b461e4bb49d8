//go:build unix

package rawtcp_test

import (
	"io"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	rawtcp "socketkata/exercises/03-rawtcp"
	"socketkata/harness/peer"
)

func TestEndOfStream_R7(t *testing.T) {
	peer.Run(t, "R7: ReadFull returns io.EOF before the first byte, io.ErrUnexpectedEOF after it", func(b *peer.Bench) {
		bus, fd := b.PairFD()
		bus.Send("B12 08:14\nB12 08:")
		bus.CloseWrite()
		text, err := reading(b, fd, 10).Result("ReadFull returns when p is full")
		b.NoError("a full p is no error, even if the stream ends soon", err)
		b.Equal("the first departure is complete", "B12 08:14\n", text)
		text, err = reading(b, fd, 10).Result("ReadFull returns when the stream ends")
		b.ErrorIs("the stream ends within p", err, io.ErrUnexpectedEOF)
		b.Equal("ReadFull returns the bytes that came", "B12 08:", text)
		for range 2 {
			text, err = reading(b, fd, 10).Result("ReadFull returns at the end of the stream")
			b.ErrorIs("the stream has ended before p", err, io.EOF)
			b.Equal("n is 0 at the end of the stream", "", text)
		}
		_, err = writing(b, fd, "thanks\n").Result("WriteFull returns when the kernel has taken the bytes")
		b.NoError("the other direction is open after the peer's FIN", err)
		bus.Expect("a half-closed peer still receives", "thanks\n")
		expectReset(b)
		expectBytesBeforeReset(b, "ReadFull", rawtcp.ReadFull, unix.ECONNRESET)
	}, peer.Loopback)
}

func TestPeek_R8(t *testing.T) {
	peer.Run(t, "R8: Peek returns the next bytes and leaves them to be read", func(b *peer.Bench) {
		bus, fd := b.PairFD()
		train, trainFD := b.PairFD()
		waiting := peeking(b, fd, 64)
		b.Until("Peek waits for bytes", b.AtRest)
		bus.Send("B12 08:14\n")
		text, err := waiting.Result("Peek returns what has come, even if p has more room")
		b.NoError("bytes have come", err)
		b.Equal("Peek returns the bytes that have come", "B12 08:14\n", text)
		b.Equal("the bytes are still in the socket", "B12 08:14\n", look(fd, 64))
		b.Equal("the conn stays in blocking mode", blocking, modeOf(fd))
		text, _ = peeking(b, fd, 3).Result("Peek returns at once if bytes wait")
		b.Equal("a second Peek begins with the same byte, and fills p", "B12", text)
		text, _ = reading(b, fd, 4).Result("ReadFull returns at once if enough bytes wait")
		b.Equal("ReadFull reads the bytes that Peek has shown", "B12 ", text)
		b.Equal("the kernel has the rest, for any reader of the descriptor", "08:14\n", receive(fd, 64))
		train.Send("RE5 08:20\n")
		text, _ = peeking(b, trainFD, 64).Result("Peek returns what has come on another conn")
		b.Equal("Peek on another conn shows that conn's bytes", "RE5 08:20\n", text)
		bus.Send("bye\n")
		bus.CloseWrite()
		text, err = peeking(b, fd, 64).Result("Peek returns at once if bytes wait")
		b.NoError("bytes come before the end", err)
		b.Equal("Peek shows what came after the bytes that were read", "bye\n", text)
		b.Equal("the last bytes are still in the socket", "bye\n", receive(fd, 64))
		b.Equal("the conn stays in blocking mode when bytes wait already", blocking, modeOf(fd))
		text, err = peeking(b, fd, 64).Result("Peek returns at the end of the stream")
		b.ErrorIs("the stream has ended", err, io.EOF)
		b.Equal("n is 0 at the end of the stream", "", text)
		b.Equal("the conn stays in blocking mode at the end of the stream", blocking, modeOf(fd))
		expectBytesBeforeReset(b, "Peek", rawtcp.Peek, nil)
	}, peer.Loopback)
}

func TestPeerIsGone_R9(t *testing.T) {
	peer.Run(t, "R9: WriteFull returns EPIPE or ECONNRESET when the peer is gone", func(b *peer.Bench) {
		closed, fd := b.PairFD()
		closed.Close()
		var n int
		var err error
		b.Until("WriteFull fails when the peer has answered with RST", func() bool {
			n, err = writing(b, fd, "are you there?\n").Result("WriteFull returns")
			return err != nil
		})
		b.ErrorIs("the peer has closed the conn", err, unix.EPIPE)
		b.Equal("the kernel has taken no byte of the last message", result(0), result(n))
		b.Equal("the descriptor is the caller's, and stays open", blocking, modeOf(fd))
		rude, fd := b.PairFD()
		rude.StopReading()
		stuck := writing(b, fd, peer.Numbered(peer.Plenty))
		b.Until("WriteFull has sent as much as the kernel takes", func() bool { return isFull(fd) })
		rude.Reset()
		n, err = stuck.Result("WriteFull returns when the peer resets the conn")
		b.ErrorIs("the peer has reset the conn", gone(err), unix.ECONNRESET)
		b.AtLeast("WriteFull counts the bytes that the kernel took before", n, 1)
		b.Less("the kernel has not taken all bytes", n, peer.Plenty)
	}, peer.Loopback)
}

func TestTimeout_R10(t *testing.T) {
	peer.Run(t, "R10: Connect4 to a full backlog returns ETIMEDOUT after its timeout", func(b *peer.Bench) {
		full := fullBacklog(b)
		defer unix.Close(full.fd)
		const timeout = 300 * time.Millisecond
		began := b.Elapsed()
		_, err := connecting(b, full.bound, timeout).Result("Connect4 returns when its timeout has passed")
		b.ErrorIs("a full backlog does not answer", err, unix.ETIMEDOUT)
		b.AtLeast("Connect4 waits for the whole timeout", b.Elapsed()-began, timeout-20*time.Millisecond)
		for _, short := range []time.Duration{time.Nanosecond, time.Millisecond - 1} {
			_, err = connecting(b, full.bound, short).Result("Connect4 returns, however short its timeout is")
			b.ErrorIs("a full backlog does not answer", err, unix.ETIMEDOUT)
		}
	}, peer.Loopback)
}

func TestSignals_R11(t *testing.T) {
	peer.Run(t, "R11: a signal neither fails a call nor extends Connect4's timeout", func(b *peer.Bench) {
		l := listen(b, 16)
		defer unix.Close(l.fd)
		neverRestart(l.fd)
		waiting := onThread(b, "Accept", acceptFrom(l))
		after := waiting.interrupt(b)
		client := b.Dial(b.ServerAt("tcp", l.bound.String()))
		server, err := waiting.Result("Accept returns when a client connects")
		b.NoError("Accept waits on"+after, err)
		defer unix.Close(server.fd)
		neverRestart(server.fd)
		interruptReads(b, client, server.fd)
		interruptWrites(b, client, server.fd)
		interruptConnect(b)
	}, peer.Loopback)
}

func TestCloseOnExec_R12(t *testing.T) {
	peer.Run(t, "R12: every descriptor is close-on-exec", func(b *peer.Bench) {
		l := listen(b, 16)
		defer unix.Close(l.fd)
		b.ExpectCloseOnExec("a program started now does not inherit the listener", l.fd)
		b.Until("a program can start after Listen4: nothing holds syscall.ForkLock", canFork)
		waiting := peer.Start(b, "Accept", acceptFrom(l))
		b.Until("Accept waits for a client", b.AtRest)
		b.Until("a program can start while Accept waits: nothing holds syscall.ForkLock", canFork)
		b.Dial(b.ServerAt("tcp", l.bound.String()))
		server, err := waiting.Result("Accept returns when a client connects")
		b.NoError("Accept accepts the client", err)
		defer unix.Close(server.fd)
		b.ExpectCloseOnExec("a program started now does not inherit a client's conn", server.fd)
		client := connect(b, b.Listen())
		defer unix.Close(client)
		b.ExpectCloseOnExec("a program started now does not inherit the conn to a server", client)
		b.Until("a program can start after Connect4: nothing holds syscall.ForkLock", canFork)
		expectNoneInherited(b, l)
	}, peer.Loopback)
}

func TestReuse_R13(t *testing.T) {
	peer.Run(t, "R13: a closed listener's port can be reused while its conns remain", func(b *peer.Bench) {
		l := listen(b, 16)
		defer unix.Close(l.fd)
		server := b.ServerAt("tcp", l.bound.String())
		stays := b.Dial(server)
		open := accept(b, l)
		defer unix.Close(open.fd)
		leaves := b.Dial(server)
		unix.Close(accept(b, l).fd) // the side that closes first keeps the conn in TIME_WAIT
		leaves.ExpectEOF("the server closes first")
		leaves.Close()
		unix.Close(l.fd)
		again, err := listening(b, l.bound, 16).Result("Listen4 returns at once")
		b.NoError("the port is reused while conns of its last listener remain", err)
		defer unix.Close(again.fd)
		b.Equal("Listen4 binds the port that it was given", l.bound, again.bound)
		b.Dial(server)
		next := accept(b, again)
		defer unix.Close(next.fd)
		send(open.fd, "still here\n")
		stays.Expect("the old conn goes on", "still here\n")
	}, peer.Loopback)
}

func TestFailures_R14(t *testing.T) {
	peer.Run(t, "R14: a call that fails returns an error and leaves no descriptor", func(b *peer.Bench) {
		l := listen(b, 16)
		defer unix.Close(l.fd)
		closed := b.Listen()
		closed.Close()
		expectNoMore := b.CountDescriptors()
		for range 3 {
			_, err := listening(b, l.bound, 16).Result("Listen4 returns at once")
			b.ErrorIs("an open listener has the port", err, unix.EADDRINUSE)
			expectNoMore("Listen4 closes its socket when it fails")
			_, err = connecting(b, at(closed), patient).Result("Connect4 returns at once")
			b.ErrorIs("nobody listens at that port", err, unix.ECONNREFUSED)
			expectNoMore("Connect4 closes its socket when it fails")
		}
		refuseAddresses(b) // the bench counts the descriptors at the end as well
		b.FreeDescriptorZero()
		expectNoMore = b.CountDescriptors()
		connecting(b, at(closed), patient).Result("Connect4 returns at once")
		expectNoMore("Connect4 closes its socket when it fails, even if that is descriptor 0")
		listening(b, l.bound, 16).Result("Listen4 returns at once")
		expectNoMore("Listen4 closes its socket when it fails, even if that is descriptor 0")
		_, err := peer.Start(b, "Accept", acceptFrom(listener{fd: notOpen})).Result("Accept returns at once")
		b.ErrorIs("the descriptor is not open", err, unix.EBADF)
		n, err := writing(b, notOpen, "x").Result("WriteFull returns at once")
		b.ErrorIs("the descriptor is not open", err, unix.EBADF)
		b.Equal("WriteFull has written nothing", result(0), result(n))
		text, err := reading(b, notOpen, 10).Result("ReadFull returns at once")
		b.ErrorIs("the descriptor is not open", err, unix.EBADF)
		b.Equal("ReadFull has read nothing", "", text)
		text, err = peeking(b, notOpen, 10).Result("Peek returns at once")
		b.ErrorIs("the descriptor is not open", err, unix.EBADF)
		b.Equal("Peek has seen nothing", "", text)
		rude, fd := b.PairFD()
		rude.Reset()
		text, err = peeking(b, fd, 10).Result("Peek returns when the peer resets the conn")
		b.ErrorIs("a reset is not the end of the stream", err, unix.ECONNRESET)
		b.Equal("Peek has seen nothing", "", text)
		b.Equal("a descriptor that Peek got stays open when Peek fails", blocking, modeOf(fd))
		_, err = peer.Start(b, "Accept", acceptFrom(listener{fd: fd})).Result("Accept returns at once")
		b.Error("the descriptor is not a listener", err)
		b.Equal("a descriptor that Accept got stays open when Accept fails", blocking, modeOf(fd))
		unix.Close(connect(b, b.Listen())) // no call is spoiled by those that failed
		b.Until("a program can start after calls that failed: nothing holds syscall.ForkLock", canFork)
	}, peer.Loopback)
}

// refuseAddresses passes addresses to Listen4 and Connect4 that they cannot use.
func refuseAddresses(b *peer.Bench) {
	for _, addr := range []struct {
		kind string
		netip.AddrPort
	}{{"IPv6 address", ipv6}, {"invalid address, such as the zero AddrPort", invalid}} {
		_, err := listening(b, addr.AddrPort, 16).Result("Listen4 returns at once")
		b.Error("Listen4 takes no "+addr.kind, err)
		_, err = connecting(b, addr.AddrPort, patient).Result("Connect4 returns at once")
		b.Error("Connect4 takes no "+addr.kind, err)
	}
	if want := errorOf(unix.Bind, foreign); want != nil {
		_, err := listening(b, foreign, 16).Result("Listen4 returns at once")
		b.ErrorIs("bind(2) fails for another machine's address", err, want)
	}
	_, err := connecting(b, group, patient).Result("Connect4 returns at once")
	b.ErrorIs("connect(2) itself fails for a multicast address", err, errorOf(unix.Connect, group))
}

func TestOutOfDescriptors_R15(t *testing.T) {
	peer.Run(t, "R15: on EMFILE a call fails, and succeeds once descriptors are free", func(b *peer.Bench) {
		l := listen(b, 16)
		defer unix.Close(l.fd)
		client, host := b.Dial(b.ServerAt("tcp", l.bound.String())), b.Listen()
		raise := b.LimitDescriptors(3) // those are open
		defer raise()
		for range 2 {
			_, err := listening(b, loopback, 16).Result("Listen4 returns at once")
			b.ErrorIs("no descriptor is free", err, unix.EMFILE)
			_, err = connecting(b, at(host), patient).Result("Connect4 returns at once")
			b.ErrorIs("no descriptor is free", err, unix.EMFILE)
			_, err = peer.Start(b, "Accept", acceptFrom(l)).Result("Accept returns at once")
			b.ErrorIs("no descriptor is free", err, unix.EMFILE)
		}
		raise()
		b.Until("a program can start after calls that failed: nothing holds syscall.ForkLock", canFork)
		b.Equal("the listener is the caller's, and stays open after an error", blocking, modeOf(l.fd))
		server := accept(b, l)
		defer unix.Close(server.fd)
		send(server.fd, "B12 08:14\n")
		client.Expect("Accept returns the client that has waited meanwhile", "B12 08:14\n")
		unix.Close(connect(b, host))
		unix.Close(listen(b, 16).fd)
	}, peer.Loopback)
}
