//go:build unix

package pollecho_test

import (
	"testing"

	"socketkata/harness/peer"
)

func TestOneMessage_R1(t *testing.T) {
	peer.Run(t, "R1: Run echoes every message while the client waits for it", func(b *peer.Bench) {
		server, _ := start(b, usual)
		client := b.Dial(server)
		client.Send("ping\n")
		client.Expect("Run sends the echo before the client closes", "ping\n")
		client.Send("pong, a longer one\n")
		client.Expect("Run echoes the second message on the same conn", "pong, a longer one\n")
		client.Send("\x00\xff\r\x00")
		client.Expect("Run echoes any bytes, zeros included", "\x00\xff\r\x00")
		bye(client)
	}, peer.Loopback)
}

func TestManyClients_R2(t *testing.T) {
	peer.Run(t, "R2: 200 concurrent clients each get their own bytes back", func(b *peer.Bench) {
		server, _ := start(b, usual)
		random := b.Rand()
		crowd := b.Crowd(server, 200)
		for _, longest := range []int{20, 500, 8 << 10} {
			chunks := randomLines(random, len(crowd), longest)
			crowd.Each(func(i int, client *peer.Peer) { client.Send(chunks[i]) })
			crowd.Each(func(i int, client *peer.Peer) { client.Expect("Run echoes the whole chunk", chunks[i]) })
		}
		bye(crowd[0])
		rounds(crowd[199], 1)
		bye(crowd[1:]...)
	}, peer.Loopback)
}

func TestOneGoroutine_R3(t *testing.T) {
	peer.Run(t, "R3: one goroutine serves all clients and reads only from ready ones", func(b *peer.Bench) {
		server, stats := start(b, usual)
		crowd := b.Crowd(server, 50)
		crowd.Each(func(_ int, client *peer.Peer) { client.Send("hello\n") })
		crowd.Each(func(_ int, client *peer.Peer) { client.Expect("Run accepts and serves every client", "hello\n") })
		b.Equal("the goroutine that called Run serves all 50 clients", 1, b.Goroutines())
		crowd.Each(func(_ int, client *peer.Peer) { rounds(client, 1) })
		bye(crowd...)
		stop(b, server)
		b.AtLeast("Stats counts every call of accept", stats.Accepts, 50)
		b.AtLeast("Stats counts each read: 2 messages and the EOF per client", stats.Reads, 150)
		b.AtLeast("Stats counts every call of write", stats.Writes, 100)
		b.AtMost("read is called only for clients that poll reports as readable", stats.Reads, 3*(50+100+50))
	}, peer.Loopback)
}

func TestHalfClose_R4(t *testing.T) {
	peer.Run(t, "R4: a client that half-closes gets its whole echo, then FIN", func(b *peer.Bench) {
		message := numbered(peer.Plenty)
		server, _ := start(b, 2*peer.Plenty)
		client, neighbour := b.Dial(server), b.Dial(server)
		client.StopReading()
		const piece = 16 << 10
		for i := 0; i < len(message); i += piece { // each is read while a part of the last one is queued
			client.Send(message[i : i+piece])
			rounds(neighbour, 1)
		}
		client.CloseWrite()
		rounds(neighbour, 50) // by then Run has read the FIN, with bytes still queued
		client.ResumeReading()
		client.Expect("Run echoes every byte sent before the FIN", message)
		client.ExpectEOF("the server closes after the last byte")
		rounds(neighbour, 1)
		bye(neighbour)
	}, peer.Loopback)
}

func TestClientLeaves_R5(t *testing.T) {
	peer.Run(t, "R5: a client that closes or resets ends only its own conn", func(b *peer.Bench) {
		server, _ := start(b, usual)
		polite, rude, stays := b.Dial(server), b.Dial(server), b.Dial(server)
		rounds(stays, 1)
		rounds(rude, 1)
		rounds(polite, 1)
		polite.Close()
		rounds(stays, 20)
		rude.Reset()
		b.Dial(server).Close()
		rounds(stays, 20)
		next := b.Dial(server)
		rounds(next, 1)
		bye(stays, next)
		stop(b, server)
		if server.AtAddress() {
			return
		}
		leaveTogether(b, (*peer.Peer).Close)
		leaveTogether(b, (*peer.Peer).Reset)
	}, peer.Loopback)
}

func TestStop_R6(t *testing.T) {
	peer.Run(t, "R6: Run returns nil once stopFD is readable and closes every client", func(b *peer.Bench) {
		var listenOpen, mode, stopOpen condition
		server := serve(b, func(listenFD, stopFD int) error {
			err := run(listenFD, stopFD)
			listenOpen, mode, stopOpen = listening(listenFD), modeOf(listenFD), openness(stopFD)
			return err
		})
		leaver, client, silent := b.Dial(server), b.Dial(server), b.Dial(server)
		rounds(silent, 1)
		rounds(client, 1)
		rounds(leaver, 1)
		bye(leaver)
		left, giveBack := borrow(16) // one of them reuses the number of the leaver's descriptor
		defer giveBack()
		other, _ := start(b, usual)
		apart := b.Dial(other)
		rounds(apart, 1) // with a read buffer for both servers this is a data race
		stop(b, server)
		client.ExpectClosed("Run closes the conns it accepted")
		silent.ExpectClosed("Run closes the conns it accepted")
		b.Equal("listenFD is the caller's, and Run leaves it open", isOpen, listenOpen)
		b.Equal("after Run has returned, listenFD is still non-blocking: another Run may use it", nonBlocking, mode)
		b.Equal("stopFD is the caller's, and Run leaves it open", isOpen, stopOpen)
		b.Equal("16 descriptors opened after a client left stay open", 16, left())
		apart.Send("still here\n")
		apart.Expect("another Run keeps its clients", "still here\n")
		bye(apart)
	}, peer.Loopback)
}
