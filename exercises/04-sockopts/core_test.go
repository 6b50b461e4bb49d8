//go:build linux || darwin

package sockopts_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	sockopts "socketkata/exercises/04-sockopts"
	"socketkata/harness/peer"
)

func TestAbort_R1(t *testing.T) {
	peer.Run(t, "R1: Abort ends the conn with a reset, not with EOF", func(b *peer.Bench) {
		client, conn := pair(b)
		b.NoError("Abort resets an open conn", abort(b, conn))
		client.ExpectReset("the peer can tell an abort from the end of the stream")
		b.ErrorIs("Abort has closed the conn", write(b, conn, "UA 88 $12\n"), net.ErrClosed)
		half, conn := pair(b)
		half.CloseWrite()
		b.NoError("Abort resets a conn whose peer has half-closed", abort(b, conn))
		half.ExpectReset("a peer that has half-closed still reads, and is reset")
		slow, conn := pair(b)
		slow.StopReading()
		writing := peer.Start(b, "conn.Write", func() (int, error) { return conn.Write([]byte(peer.Numbered(peer.Plenty))) })
		b.Until("a Write has filled every buffer on the way", func() bool { return isFull(conn) })
		b.NoError("Abort does not wait for a blocked Write", abort(b, conn))
		_, err := writing.Result("a Write that is blocked returns")
		b.ErrorIs("the conn is closed", err, net.ErrClosed)
		slow.ResumeReading()
		slow.ReadUntilClosed("the peer reads what had arrived")
		slow.ExpectReset("the rest is lost, and the peer is told")
	}, peer.Loopback)
}

func TestDrainClose_R2(t *testing.T) {
	peer.Run(t, "R2: DrainClose delivers the whole reply, then EOF, despite unread input", func(b *peer.Bench) {
		client, conn := pair(b)
		client.Send(peer.Numbered(100 << 10)) // nobody reads it before DrainClose
		reply := "413 too large\n" + peer.Numbered(100<<10)
		b.NoError("the reply fits into the kernel's buffers", write(b, conn, reply))
		draining := drainClose(b, conn, time.Hour)
		client.Expect("the reply arrives whole: unread input causes no reset", reply)
		client.ExpectEOF("FIN follows the reply, before the peer has finished")
		upload := peer.Numbered(16 << 20)
		before := memoryInUse()
		client.Send(upload)
		b.Until("DrainClose has read what still came", b.AtRest)
		b.AtMost("DrainClose drops what it reads: MB kept of 16", memoryInUse()-before, 8)
		draining.ExpectPending("the peer has not sent FIN yet")
		client.CloseWrite()
		_, err := draining.Result("DrainClose returns when the peer's FIN has come")
		b.NoError("both sides have sent everything and FIN", err)
		b.ErrorIs("DrainClose has closed the conn", write(b, conn, "more\n"), net.ErrClosed)
		late, conn := pair(b)
		conn.SetReadDeadline(time.Unix(1, 0)) // a handler gave up on a slow request
		late.Send("GET /timetab")
		late.CloseWrite()
		b.NoError("the reply fits into the kernel's buffers", write(b, conn, "408 too slow\n"))
		draining = drainClose(b, conn, time.Hour)
		late.Expect("a deadline that has passed does not cost the reply", "408 too slow\n")
		late.ExpectEOF("FIN follows the reply")
		_, err = draining.Result("DrainClose returns at once if the peer's FIN has come before")
		b.NoError("a read deadline set earlier does not end DrainClose", err)
		slow, conn := pair(b)
		slow.StopReading()
		writing := peer.Start(b, "conn.Write", func() (int, error) { return conn.Write([]byte(peer.Numbered(peer.Plenty))) })
		b.Until("a Write has filled every buffer on the way", func() bool { return isFull(conn) })
		conn.SetWriteDeadline(time.Unix(1, 0))
		n, _ := writing.Result("the deadline ends the Write")
		slow.CloseWrite()
		_, err = drainClose(b, conn, time.Hour).Result("DrainClose returns when the peer's FIN has come")
		b.NoError("the peer sends no more", err)
		slow.ResumeReading()
		slow.Expect("a peer that reads slowly gets the whole reply as well", peer.Numbered(peer.Plenty)[:n])
		slow.ExpectEOF("FIN follows the reply")
	}, peer.Loopback)
}

func TestNoDelay_R3(t *testing.T) {
	peer.Run(t, "R3: NoDelay decides whether a small Write waits for an acknowledgment", func(b *peer.Bench) {
		onlyWithTCPInfo(b)
		prices := []string{"UA 88 $11\n", "UA 89 $12\n", "UA 90 $13\n", "UA 91 $14\n", "UA 92 $15\n", "UA 93 $16\n"}
		client, conn := pair(b)
		b.NoError("every conn has this option", tune(b, conn, sockopts.Options{NoDelay: new(false)}))
		client.Unplug() // so no acknowledgment comes
		for _, price := range prices {
			b.NoError("the kernel keeps what it may not send yet", write(b, conn, price))
		}
		b.AtMost("without NoDelay, later Writes wait for the first one's acknowledgment: segments sent", segments(conn), 3)
		client.Reset()
		client, conn = pair(b)
		conn.SetNoDelay(false)
		b.NoError("every conn has this option", tune(b, conn, sockopts.Options{NoDelay: new(true)}))
		for _, price := range prices {
			b.NoError("the peer reads", write(b, conn, price))
		}
		client.Expect("every price arrives", strings.Join(prices, ""))
		b.AtLeast("with NoDelay, no Write waits for an acknowledgment: segments sent", segments(conn), 5)
	}, peer.Loopback)
}

func TestKeepAlive_R4(t *testing.T) {
	peer.Run(t, "R4: KeepAlive ends an idle conn whose peer has vanished", func(b *peer.Bench) {
		_, busy := pair(b)
		b.NoError("every conn has this option", tune(b, busy, sockopts.Options{KeepAlive: &net.KeepAliveConfig{Enable: true, Idle: 42 * time.Second}}))
		b.Equal("zero fields of KeepAlive are package net's defaults", probes("42s/15s/9"), optionsOf(b, busy).keepAlive)
		client, conn := pair(b)
		probing := net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 1}
		b.NoError("every conn has this option", tune(b, conn, sockopts.Options{KeepAlive: &probing}))
		client.Unplug()
		reading := read(b, conn)
		b.Until("after an idle second the kernel probes the peer", func() bool { return isProbed(conn) })
		_, err := reading.Result("a second later the kernel gives up")
		b.ErrorIs("no probe was answered", err, unix.ETIMEDOUT)
		client.Reset()
	}, peer.Loopback)
}

func TestUserTimeout_R5(t *testing.T) {
	peer.Run(t, "R5: UserTimeout ends a conn whose bytes are not acknowledged", func(b *peer.Bench) {
		client, conn := pair(b)
		onlyWithUserTimeout(b)
		b.NoError("Linux has this option", tune(b, conn, sockopts.Options{UserTimeout: 1234 * time.Millisecond}))
		b.Equal("the kernel has the user timeout, to the millisecond", 1234*time.Millisecond, optionsOf(b, conn).userTimeout)
		b.NoError("Linux has this option", tune(b, conn, sockopts.Options{UserTimeout: 250 * time.Millisecond}))
		b.NoError("the peer is there", write(b, conn, "UA 88 $12\n"))
		client.Expect("the first price arrives", "UA 88 $12\n")
		client.Unplug()
		b.NoError("Write succeeds when the kernel has the bytes: nothing is delivered", write(b, conn, "UA 89 $13\n"))
		_, err := read(b, conn).Result("the kernel gives up when the user timeout has passed")
		b.ErrorIs("the bytes were not acknowledged in time", err, unix.ETIMEDOUT)
		client.Reset()
	}, peer.Loopback)
}

func TestReusePort_R6(t *testing.T) {
	peer.Run(t, "R6: ReusePort lets listeners share one port and its clients", func(b *peer.Bench) {
		shared := sockopts.Binding{ReusePort: true}
		first := listen(b, "127.0.0.1:0", shared, sockopts.Options{})
		defer first.Close()
		addr := first.Addr().String()
		second := listen(b, addr, shared, sockopts.Options{})
		defer second.Close()
		third := listen(b, addr, shared, sockopts.Options{})
		defer third.Close()
		b.Equal("the listeners have the same address", addr, third.Addr().String())
		_, err := listening(b, addr, sockopts.Binding{}, sockopts.Options{})
		b.ErrorIs("a listener without ReusePort cannot join", err, unix.EADDRINUSE)
		one, two, three := accepting(b, first), accepting(b, second), accepting(b, third)
		spreadClients(b, addr)
		closeConn(accepted(b, one, "the first listener gets a share of the clients"))
		closeConn(accepted(b, two, "the second listener gets a share of the clients"))
		closeConn(accepted(b, three, "the third listener gets a share of the clients"))
	}, peer.Loopback)
}
