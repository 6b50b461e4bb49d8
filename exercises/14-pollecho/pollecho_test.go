//go:build unix

package pollecho_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/peer"
)

func TestOneMessage(t *testing.T) {
	peer.Run(t, "R1: one message comes back while the client waits for it", func(b *peer.Bench) {
		server, _ := start(b, 64<<10)
		client := b.Dial(server)
		client.Send("ping\n")
		client.Expect("the echo comes before the client hangs up", "ping\n")
		client.Send("pong, a longer one\n")
		client.Expect("the second message comes back on the same conn", "pong, a longer one\n")
		bye(client)
	}, peer.Loopback)
}

func TestManyClients(t *testing.T) {
	peer.Run(t, "R2: 200 clients talk at once and each gets its own bytes back", func(b *peer.Bench) {
		server, _ := start(b, 64<<10)
		random := b.Rand()
		crowd := b.Crowd(server, 200)
		for _, longest := range []int{20, 500, 8 << 10} {
			chunks := randomLines(random, len(crowd), longest)
			crowd.Each(func(i int, client *peer.Peer) { client.Send(chunks[i]) })
			crowd.Each(func(i int, client *peer.Peer) { client.Expect("the whole chunk comes back", chunks[i]) })
		}
		bye(crowd[0])
		rounds(crowd[199], 1)
		bye(crowd[1:]...)
	}, peer.Loopback)
}

func TestOneGoroutine(t *testing.T) {
	peer.Run(t, "R3: one goroutine serves everybody, and reads only where something came", func(b *peer.Bench) {
		server, stats := start(b, 64<<10)
		crowd := b.Crowd(server, 50)
		crowd.Each(func(_ int, client *peer.Peer) { client.Send("hello\n") })
		crowd.Each(func(_ int, client *peer.Peer) { client.Expect("every client is accepted and served", "hello\n") })
		b.Equal("50 clients are served by the goroutine that called Run", 1, b.Goroutines())
		crowd.Each(func(_ int, client *peer.Peer) { rounds(client, 1) })
		bye(crowd...)
		stop(b, server)
		require.GreaterOrEqual(b, stats.Accepts, 50, "Stats counts every call of accept")
		require.GreaterOrEqual(b, stats.Reads, 100, "Stats counts every call of read")
		require.GreaterOrEqual(b, stats.Writes, 100, "Stats counts every call of write")
		require.LessOrEqual(b, stats.Reads, 3*(50+100+50), "read is called only for clients that poll reports as readable")
	}, peer.Loopback)
}

func TestHalfClose(t *testing.T) {
	peer.Run(t, "R4: a client that half-closed gets all of its echo, then FIN", func(b *peer.Bench) {
		message := numbered(peer.Plenty)
		server, _ := start(b, 2*peer.Plenty)
		client, neighbour := b.Dial(server), b.Dial(server)
		client.StopReading()
		client.Send(message)
		client.CloseWrite()
		rounds(neighbour, 300) // so that the FIN is read while the queue is full of bytes
		client.ResumeReading()
		client.Expect("every byte sent before the FIN comes back", message)
		client.ExpectEOF("the server hangs up behind the last byte")
		rounds(neighbour, 1)
		bye(neighbour)
	}, peer.Loopback)
}

func TestClientLeaves(t *testing.T) {
	peer.Run(t, "R5: a client that hangs up or resets ends only its own conn", func(b *peer.Bench) {
		server, _ := start(b, 64<<10)
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
	}, peer.Loopback)
}

func TestStop(t *testing.T) {
	peer.Run(t, "R6: Run returns nil once stopFD is readable, and closes every client", func(b *peer.Bench) {
		var listenOpen, stopOpen bool
		server := serve(b, func(listenFD, stopFD int) error {
			err := run(listenFD, stopFD)
			listenOpen, stopOpen = isOpen(listenFD), isOpen(stopFD)
			return err
		})
		client, silent := b.Dial(server), b.Dial(server)
		rounds(silent, 1)
		rounds(client, 1)
		stop(b, server)
		client.ExpectClosed("Run closes the clients it accepted")
		silent.ExpectClosed("Run closes the clients it accepted")
		b.Equal("listenFD stays open: it is the caller's", true, listenOpen)
		b.Equal("stopFD stays open: it is the caller's", true, stopOpen)
	}, peer.Loopback)
}

func TestIdle(t *testing.T) {
	peer.Run(t, "R7: Run sleeps while its clients are silent", func(b *peer.Bench) {
		server, loop := start(b, 64<<10)
		crowd := b.Crowd(server, 3)
		crowd.Each(func(_ int, client *peer.Peer) { rounds(client, 1) })
		pause(b, 500*time.Millisecond, loop.asleep())
		rounds(crowd[0], 1)
		bye(crowd...)
		stop(b, server)
		require.GreaterOrEqual(b, loop.Waits, 1, "Stats counts every call of poll")
		require.LessOrEqual(b, loop.Waits, 20, "poll is called at most 20 times for 3 clients and 4 messages")
	}, peer.Loopback)
}

func TestNeverReads(t *testing.T) {
	peer.Run(t, "R8: a client that never reads delays nobody else", func(b *peer.Bench) {
		server, loop := start(b, 64<<10)
		greedy, neighbour := b.Dial(server), b.Dial(server)
		rounds(neighbour, 1)
		greedy.StopReading()
		greedy.SendAsync(numbered(4 * peer.Plenty))
		stalled(b, loop, greedy)
		rounds(neighbour, 20)
		next := b.Dial(server)
		rounds(next, 1)
		bye(neighbour, next)
		stop(b, server)
	}, peer.Loopback)
}

func TestQueueLimit(t *testing.T) {
	peer.Run(t, "R9: a client's queue stops at maxBuffered and drains when it reads", func(b *peer.Bench) {
		message := numbered(4 * peer.Plenty)
		server, loop := start(b, 100_000)
		greedy := b.Dial(server)
		greedy.StopReading()
		greedy.SendAsync(message)
		stalled(b, loop, greedy)
		require.LessOrEqual(b, greedy.Sent(), len(message)/2, "Run takes no more bytes while the client's queue is full")
		greedy.ResumeReading()
		greedy.Expect("no byte is lost once the client reads", message)
		bye(greedy)
		tiny, _ := start(b, 1)
		client := b.Dial(tiny)
		rounds(client, 3) // a queue of one byte is a queue too
		bye(client)
	}, peer.Loopback)
}

func TestStuckQueue(t *testing.T) {
	peer.Run(t, "R10: Run sleeps while nobody takes what is queued", func(b *peer.Bench) {
		server, loop := start(b, 1<<20)
		ended, full, silent := b.Dial(server), b.Dial(server), b.Dial(server)
		rounds(silent, 1)
		ended.StopReading()
		ended.Send(numbered(1 << 20))
		ended.CloseWrite()
		full.StopReading()
		full.SendAsync(numbered(4 * peer.Plenty))
		stalled(b, loop, full)
		pause(b, 500*time.Millisecond, loop.sleeping(func(e ends) bool { return e.unread > 0 && e.halfClosed > 0 }))
		stop(b, server)
		require.LessOrEqual(b, loop.Waits, (ended.Sent()+full.Sent())/512, "poll is called at most once for 512 bytes taken")
	}, peer.Loopback)
}

func TestResetWithQueue(t *testing.T) {
	peer.Run(t, "R11: a client that resets is forgotten, with bytes queued or without", func(b *peer.Bench) {
		server, _ := start(b, 2*peer.Plenty)
		queued, neighbour := b.Dial(server), b.Dial(server)
		queued.StopReading()
		queued.Send(numbered(peer.Plenty))
		rounds(neighbour, 300) // so that what was sent is read
		queued.Reset()
		rounds(neighbour, 20)
		bye(neighbour)
		stop(b, server)
		second, loop := start(b, 64<<10) // and now without
		rude, silent := b.Dial(second), b.Dial(second)
		rounds(rude, 1)
		rounds(silent, 1)
		rude.Reset()
		pause(b, 300*time.Millisecond, loop.sleeping(func(e ends) bool { return e.open == 1 }))
		bye(silent)
		stop(b, second)
		require.LessOrEqual(b, loop.Waits, 200, "poll is called at most 200 times for 2 clients and 2 messages")
	}, peer.Loopback)
}

func TestGoneBeforeAccept(t *testing.T) {
	peer.Run(t, "R12: clients that are gone before they are accepted hold nobody up", func(b *peer.Bench) {
		begin, listener := make(chan struct{}), make(chan int, 1)
		server := serve(b, func(listenFD, stopFD int) error {
			<-begin
			listener <- listenFD
			return run(listenFD, stopFD)
		})
		b.Dial(server).Reset()
		b.Dial(server).Close()
		b.Dial(server).Reset()
		patient := b.Dial(server)
		patient.Send("still here\n")
		close(begin)
		patient.Expect("the one that stayed is served", "still here\n")
		accept := peer.Start(b, "an accept that finds nobody", acceptFrom(<-listener))
		_, err := accept.Result("accept returns at once when the client is gone")
		require.ErrorIs(b, err, syscall.EAGAIN, "the listener is in non-blocking mode")
		bye(patient)
	}, peer.Loopback)
}

func TestHighDescriptors(t *testing.T) {
	peer.Run(t, "R13: descriptors above 1,024 work like any others", func(b *peer.Bench) {
		defer openUpTo(b, 1100)()
		server, _ := start(b, 64<<10)
		client := b.Dial(server)
		rounds(client, 2)
		bye(client)
	}, peer.Loopback)
}

func TestOutOfDescriptors(t *testing.T) {
	peer.Run(t, "R14: out of descriptors, Run serves on and accepts when one is free again", func(b *peer.Bench) {
		server, loop := start(b, 64<<10)
		first := b.Dial(server)
		rounds(first, 1)
		defer leaveOneDescriptor(b)()
		second := b.Dial(server) // takes it: accept fails with EMFILE
		second.Send("me too\n")
		rounds(first, 20)
		pause(b, 500*time.Millisecond, loop.retrying())
		rounds(first, 1)
		first.Close()
		second.Expect("it is accepted once a descriptor is free", "me too\n")
		bye(second)
		stop(b, server)
		require.LessOrEqual(b, loop.Waits, 200+int(b.Elapsed()/time.Millisecond), "poll is called at most once a millisecond while accept fails")
	}, peer.Loopback)
}

func TestInterrupted(t *testing.T) {
	peer.Run(t, "R15: a wait that a signal interrupts is taken up again", func(b *peer.Bench) {
		b.Inside("it sends signals to the thread that polls")
		server, loop := start(b, 64<<10)
		client := b.Dial(server)
		rounds(client, 1)
		interruptOften(b, loop)
		rounds(client, 1)
		bye(client)
	}, peer.Loopback)
}

func TestUnusableDescriptors(t *testing.T) {
	peer.Run(t, "R16: a stopFD that is hung up ends Run, a listenFD that is none makes it fail", func(b *peer.Bench) {
		stop, hangUp, err := os.Pipe()
		require.NoError(b, err, "the pipe is there")
		defer stop.Close()
		server := serve(b, func(listenFD, _ int) error {
			return run(listenFD, int(stop.Fd()))
		})
		client := b.Dial(server)
		rounds(client, 1)
		bye(client)
		hangUp.Close()
		require.NoError(b, server.Result("Run returns when the other end of stopFD is closed"), "a hung-up stopFD is the normal end")
		broken := serve(b, func(_, stopFD int) error {
			return run(1<<20, stopFD)
		})
		err = broken.Result("Run returns when listenFD is no open descriptor")
		require.Error(b, err, "nobody can be accepted: Run fails")
	}, peer.Loopback)
}
