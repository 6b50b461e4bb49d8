//go:build linux || darwin

package sockopts_test

import (
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	sockopts "socketkata/exercises/04-sockopts"
	"socketkata/harness/peer"
)

func TestV6Only_R7(t *testing.T) {
	peer.Run(t, "R7: V6Only leaves the port's IPv4 side to another listener", func(b *peer.Bench) {
		onlyWithIPv6(b)
		four := b.Listen()
		port := portOf(four.Addr())
		binding := sockopts.Binding{ReusePort: true, V6Only: true}
		six := listen(b, "[::]:"+port, binding, sockopts.Options{})
		defer six.Close()
		listen(b, "[::1]:"+port, binding, sockopts.Options{}).Close()
		client := b.Dial(b.ServerAt("tcp", "[::1]:"+port))
		conn := accept(b, six)
		defer conn.Close()
		conn.Write([]byte("six\n"))
		client.Expect("the listener serves IPv6", "six\n")
		both := listen(b, "[::]:0", sockopts.Binding{}, sockopts.Options{})
		defer both.Close()
		client = b.Dial(b.ServerAt("tcp", "127.0.0.1:"+portOf(both.Addr().String())))
		conn = accept(b, both)
		defer conn.Close()
		conn.Write([]byte("both\n"))
		client.Expect("without V6Only, [::] serves IPv4 as well", "both\n")
	}, peer.Loopback)
}

func TestBuffers_R8(t *testing.T) {
	peer.Run(t, "R8: RecvBuf and SendBuf limit what the kernel buffers", func(b *peer.Bench) {
		onlyWithTCPInfo(b)
		const small = 4 << 10
		client, conn := pair(b)
		client.StopReading()
		b.NoError("every conn has these options", tune(b, conn, sockopts.Options{RecvBuf: small, SendBuf: 2 * small}))
		b.AtLeast("the kernel's receive buffer has the size that was asked for, or more", peer.Bytes(optionsOf(b, conn).recvBuf), peer.Bytes(small))
		b.AtMost("Linux doubles the size, and no more", peer.Bytes(optionsOf(b, conn).recvBuf), peer.Bytes(2*small))
		writing := peer.Start(b, "conn.Write", func() (int, error) { return conn.Write([]byte(peer.Numbered(peer.Plenty))) })
		b.Until("a Write has filled every buffer on the way", func() bool { return isFull(conn) })
		b.AtMost("SendBuf 8192 leaves room for a segment or two: bytes in the buffer", unsent(conn), 128<<10)
		client.Reset()
		_, err := writing.Result("the Write ends with the conn")
		b.Error("the peer has reset the conn", err)
		alone := listen(b, "127.0.0.1:0", sockopts.Binding{}, sockopts.Options{RecvBuf: small})
		defer alone.Close()
		shared := listen(b, "127.0.0.1:0", sockopts.Binding{ReusePort: true}, sockopts.Options{RecvBuf: small})
		defer shared.Close()
		for _, ln := range []net.Listener{alone, alone, shared} {
			sender := fill(b, ln.Addr().String())
			taken := accept(b, ln)
			b.AtMost("RecvBuf 4096 limits also what comes before Accept: bytes in the buffer", unread(taken), 16<<10)
			taken.Close()
			sender.Close()
		}
	}, peer.Loopback)
}

func TestAccepted_R9(t *testing.T) {
	peer.Run(t, "R9: every conn that a listener accepts has the listener's options", func(b *peer.Bench) {
		feed := sockopts.Options{NoDelay: new(false), UserTimeout: userTimeout, SendBuf: 8 << 10,
			KeepAlive: &net.KeepAliveConfig{Enable: true, Idle: 42 * time.Second, Interval: 7 * time.Second, Count: 3}}
		wantFeed := options{keepAlive: "42s/7s/3", userTimeout: userTimeout}
		prices := listen(b, "127.0.0.1:0", sockopts.Binding{}, feed)
		defer prices.Close()
		board := sockopts.Options{NoDelay: new(true), KeepAlive: &net.KeepAliveConfig{}}
		departures := listen(b, "127.0.0.1:0", sockopts.Binding{}, board)
		defer departures.Close()
		plain := listen(b, "127.0.0.1:0", sockopts.Binding{}, sockopts.Options{})
		defer plain.Close()
		for range 2 {
			b.Equal("the conn has the options of its listener", wantFeed, optionsOfNext(b, prices))
			b.Equal("another listener has options of its own", options{noDelay: true, keepAlive: "off"}, optionsOfNext(b, departures))
			b.Equal("without options, a conn is as package net makes it", options{noDelay: true, keepAlive: "15s/15s/9"}, optionsOfNext(b, plain))
		}
		photos := listen(b, "127.0.0.1:0", sockopts.Binding{}, sockopts.Options{SendBuf: 8 << 10})
		defer photos.Close()
		b.Equal("with SendBuf alone, all other options are package net's", options{noDelay: true, keepAlive: "15s/15s/9"}, optionsOfNext(b, photos))
		b.Dial(b.ServerAt("tcp", prices.Addr().String()))
		conn := accept(b, prices)
		defer conn.Close()
		b.AtMost("the conn has its listener's SendBuf 8192, doubled at most", peer.Bytes(optionsOf(b, conn).sendBuf), peer.Bytes(16<<10))
	}, peer.Loopback)
}

func TestDrainGivesUp_R10(t *testing.T) {
	peer.Run(t, "R10: DrainClose gives up after within, even if the peer keeps sending", func(b *peer.Bench) {
		const within = 500 * time.Millisecond
		silent, conn := pair(b)
		began := b.Elapsed()
		_, err := drainClose(b, conn, within).Result("DrainClose returns when within has passed")
		b.ErrorIs("a silent peer sends no FIN", err, os.ErrDeadlineExceeded)
		b.AtLeast("DrainClose waits for the whole time", b.Elapsed()-began, within-20*time.Millisecond)
		b.ErrorIs("DrainClose has closed the conn", write(b, conn, "more\n"), net.ErrClosed)
		silent.ExpectEOF("the peer got FIN")
		for range 10 {
			conn, stop := endlessSender(b)
			defer stop()
			_, err = drainClose(b, conn, within).Result("within is the time for all Reads, not for each")
			b.ErrorIs("an endless sender sends no FIN", err, os.ErrDeadlineExceeded)
			b.ErrorIs("DrainClose has closed the conn", write(b, conn, "more\n"), net.ErrClosed)
			if stop() < within/2 {
				break // otherwise the time for a single Read may have passed, too
			}
		}
		rude, conn := pair(b)
		draining := drainClose(b, conn, time.Hour)
		rude.ExpectEOF("DrainClose sends FIN at once")
		rude.Reset()
		_, err = draining.Result("DrainClose returns when the peer resets the conn")
		b.ErrorIs("a reset is not the peer's FIN", err, unix.ECONNRESET)
		b.ErrorIs("DrainClose has closed the conn", write(b, conn, "more\n"), net.ErrClosed)
		gone, conn := pair(b)
		gone.Reset()
		_, err = read(b, conn).Result("a reset ends Read")
		b.ErrorIs("the peer has reset the conn", err, unix.ECONNRESET)
		drainClose(b, conn, time.Hour).Result("DrainClose returns at once if the conn was reset earlier")
		b.ErrorIs("DrainClose closes a conn that was reset earlier", write(b, conn, "more\n"), net.ErrClosed)
	}, peer.Loopback)
}

func TestInspect_R11(t *testing.T) {
	peer.Run(t, "R11: Inspect returns the values that the kernel uses", func(b *peer.Bench) {
		_, conn := pair(b)
		_, other := pair(b)
		want, got := optionsOf(b, conn), inspect(b, conn)
		b.Equal("Inspect shows the sizes of both buffers", want.buffers(), got.buffers())
		b.Equal("Inspect shows how package net has made the conn", want, got)
		conn.SetNoDelay(false)
		conn.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 42 * time.Second, Interval: 7 * time.Second, Count: 3})
		conn.SetReadBuffer(8 << 10)
		conn.SetWriteBuffer(12 << 10)
		setUserTimeout(conn, 1234*time.Millisecond)
		b.Equal("Inspect shows what was changed since", optionsOf(b, conn), inspect(b, conn))
		kept, err := inspecting(b, conn)
		b.NoError("the conn is open", err)
		other.SetKeepAlive(false)
		b.Equal("Inspect shows another conn's own options", optionsOf(b, other), inspect(b, other))
		b.Equal("a later Inspect does not change an earlier result", optionsOf(b, conn), shown(kept))
		*kept.NoDelay, *kept.KeepAlive = true, net.KeepAliveConfig{}
		b.Equal("a caller that changes its result changes no later one", optionsOf(b, conn), inspect(b, conn))
	}, peer.Loopback)
}

func TestBlockedCalls_R12(t *testing.T) {
	peer.Run(t, "R12: deadlines and Close still end a blocked call", func(b *peer.Bench) {
		client, conn := pair(b)
		all := sockopts.Options{NoDelay: new(true), KeepAlive: &net.KeepAliveConfig{Enable: true},
			UserTimeout: userTimeout, RecvBuf: 32 << 10, SendBuf: 32 << 10}
		b.NoError("these are options of every conn", tune(b, conn, all))
		inspect(b, conn)
		b.Equal("Tune and Inspect leave the conn in non-blocking mode, which deadlines need", nonBlocking, modeOf(conn))
		ln := listen(b, "127.0.0.1:0", sockopts.Binding{ReusePort: true}, all)
		defer wakeAndClose(ln)
		b.Equal("the listener is in non-blocking mode, or Close waits for the next client", nonBlocking, modeOf(ln))
		b.Dial(b.ServerAt("tcp", ln.Addr().String()))
		taken := accept(b, ln)
		defer taken.Close()
		b.Equal("an accepted conn is in non-blocking mode as well", nonBlocking, modeOf(taken))
		client.Send("UA 88 $12\n")
		_, err := read(b, conn).Result("Read returns what has come")
		b.NoError("the conn has no deadline", err)
		reading := read(b, conn)
		conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err = reading.Result("a deadline ends a blocked Read")
		b.ErrorIs("the deadline has passed", err, os.ErrDeadlineExceeded)
		waiting := accepting(b, ln)
		b.Until("Accept waits where Close can wake it", b.AtRest)
		_, err = peer.Start(b, "Close", func() (any, error) { return nil, ln.Close() }).Result("Close of the listener does not wait")
		b.NoError("the listener was open", err)
		_, err = waiting.Result("Close ends a blocked Accept")
		b.ErrorIs("the listener is closed", err, net.ErrClosed)
	}, peer.Loopback)
}

func TestZeroFields_R13(t *testing.T) {
	peer.Run(t, "R13: a zero field of Options leaves its option as it was", func(b *peer.Bench) {
		client, conn := pair(b)
		conn.SetNoDelay(false)
		conn.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 42 * time.Second, Interval: 7 * time.Second, Count: 3})
		conn.SetReadBuffer(8 << 10)
		conn.SetWriteBuffer(12 << 10)
		setUserTimeout(conn, userTimeout)
		want := optionsOf(b, conn)
		b.NoError("there is nothing to set", tune(b, conn, sockopts.Options{}))
		b.Equal("Tune without options changes none", want, optionsOf(b, conn))
		b.NoError("every conn has this option", tune(b, conn, sockopts.Options{NoDelay: new(true)}))
		want.noDelay = true
		b.Equal("Tune changes only what it is given", want, optionsOf(b, conn))
		b.NoError("every conn has this option", tune(b, conn, sockopts.Options{KeepAlive: &net.KeepAliveConfig{Enable: true}}))
		want.keepAlive = "15s/15s/9"
		b.Equal("inside KeepAliveConfig a zero is the default, not the old value", want, optionsOf(b, conn))
		b.NoError("every conn has this option", tune(b, conn, sockopts.Options{KeepAlive: &net.KeepAliveConfig{Idle: time.Second}}))
		want.keepAlive = "off"
		b.Equal("KeepAlive without Enable turns probing off", want, optionsOf(b, conn))
		b.NoError("every conn has this option", tune(b, conn, sockopts.Options{SendBuf: 16 << 10}))
		want.sendBuf = optionsOf(b, conn).sendBuf
		b.Equal("SendBuf changes no other option", want, optionsOf(b, conn))
		b.NoError("Tune sets what this system has", tune(b, conn, sockopts.Options{RecvBuf: 24 << 10, UserTimeout: 2 * userTimeout}))
		want.recvBuf, want.userTimeout = optionsOf(b, conn).recvBuf, 2*userTimeout
		b.Equal("RecvBuf and UserTimeout change no other option", want, optionsOf(b, conn))
		b.NoError("the conn is open", write(b, conn, "UA 88 $12\n"))
		client.Expect("the conn works", "UA 88 $12\n")
		ln := listen(b, "127.0.0.1:0", sockopts.Binding{}, sockopts.Options{})
		defer ln.Close()
		b.Dial(b.ServerAt("tcp", ln.Addr().String()))
		taken := accept(b, ln)
		defer taken.Close()
		near, far := ends(b)
		defer near.Close()
		defer far.Close()
		b.AtLeast("ListenWith without RecvBuf leaves conns the kernel's buffer", peer.Bytes(optionsOf(b, taken).recvBuf), peer.Bytes(optionsOf(b, far).recvBuf/2))
	}, peer.Loopback)
}

func TestFailures_R14(t *testing.T) {
	peer.Run(t, "R14: a call that fails returns the cause and leaves nothing open", func(b *peer.Bench) {
		_, taken := b.Listener()
		for range 2 { // the bench counts the descriptors at the end
			_, err := listening(b, taken.Addr(), sockopts.Binding{}, sockopts.Options{})
			b.ErrorIs("another listener has the address", err, unix.EADDRINUSE)
			_, err = listening(b, taken.Addr(), sockopts.Binding{ReusePort: true}, sockopts.Options{})
			b.ErrorIs("both listeners need ReusePort", err, unix.EADDRINUSE)
			for _, four := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
				_, err = listening(b, four, sockopts.Binding{V6Only: true}, sockopts.Options{})
				b.Error("V6Only is an error for the IPv4 address "+four, err)
			}
		}
		_, conn := pair(b)
		year := net.KeepAliveConfig{Enable: true, Idle: 365 * 24 * time.Hour}
		all := sockopts.Options{NoDelay: new(true), KeepAlive: &year, UserTimeout: userTimeout, RecvBuf: 32 << 10, SendBuf: 32 << 10}
		refusesYear(b, tune(b, conn, all)) // whichever is set last
		closesUntuned(b, sockopts.Options{KeepAlive: &year})
		b.NoError("the kernel takes the next option", tune(b, conn, sockopts.Options{NoDelay: new(true)}))
		b.NoError("the conn is still open", write(b, conn, "UA 88 $12\n"))
		conn.Close()
		for _, one := range []sockopts.Options{{NoDelay: new(true)}, {KeepAlive: &net.KeepAliveConfig{}}, {RecvBuf: 32 << 10}, {SendBuf: 32 << 10}} {
			b.ErrorIs("Tune needs an open conn, whatever it sets", tune(b, conn, one), net.ErrClosed)
		}
		_, err := inspecting(b, conn)
		b.ErrorIs("Inspect needs an open conn", err, net.ErrClosed)
		b.ErrorIs("Abort needs an open conn", abort(b, conn), net.ErrClosed)
		_, err = drainClose(b, conn, time.Hour).Result("DrainClose returns at once")
		b.ErrorIs("DrainClose needs an open conn", err, net.ErrClosed)
	}, peer.Loopback)
}
