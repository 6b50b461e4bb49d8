//go:build unix

package pollecho_test

import (
	"errors"
	"math"
	"os"
	"syscall"
	"testing"
	"time"

	"socketkata/harness/peer"
)

func TestIdle_R7(t *testing.T) {
	peer.Run(t, "R7: Run sleeps while its clients are silent", func(b *peer.Bench) {
		server, loop := start(b, usual)
		crowd := b.Crowd(server, 3)
		crowd.Each(func(_ int, client *peer.Peer) { rounds(client, 1) })
		pause(b, 1200*time.Millisecond, loop.asleep())
		b.Equal("poll is called without a timeout, so only events wake Run", peer.NoTimeout, loop.timeout())
		rounds(crowd[0], 1)
		bye(crowd...)
		stop(b, server)
		b.AtLeast("Stats counts every call of poll", loop.Waits, 1)
		b.AtMost("poll is called at most 20 times for 4 messages", loop.Waits, 20)
	}, peer.Loopback)
}

func TestNeverReads_R8(t *testing.T) {
	peer.Run(t, "R8: a client that never reads does not delay the others", func(b *peer.Bench) {
		server, _, _, neighbour := startWithFull(b)
		rounds(neighbour, 20)
		next := b.Dial(server)
		rounds(next, 1)
		bye(neighbour, next)
		stop(b, server)
	}, peer.Loopback)
}

func TestQueueLimit_R9(t *testing.T) {
	peer.Run(t, "R9: a client's queue stops at maxBuffered and drains when it reads", func(b *peer.Bench) {
		for _, limit := range []int{1, math.MaxInt} {
			extreme, _ := start(b, limit)
			client := b.Dial(extreme)
			rounds(client, 3) // a queue of one byte still works, and one without a limit
			bye(client)
			stop(b, extreme)
		}
		message := numbered(2 * peer.Plenty)
		server, loop := start(b, 100_000)
		greedy := b.Dial(server)
		greedy.StopReading()
		greedy.SendAsync(message)
		stalled(b, loop, greedy)
		b.AtMost("Run reads no more bytes while the client's queue is full", peer.Bytes(greedy.Sent()), peer.Bytes(len(message)/2))
		expectFull(b, "Run reads until the client's queue holds maxBuffered bytes", greedy, 100_000, 0)
		greedy.ResumeReading()
		greedy.Expect("Run loses no byte once the client reads again", message)
		bye(greedy)
		stop(b, server)
		refills(b, message)
		fillsSmallQueue(b)
	}, peer.Loopback)
}

func TestStuckQueue_R10(t *testing.T) {
	peer.Run(t, "R10: Run sleeps while clients with queued bytes do not read", func(b *peer.Bench) {
		server, loop := start(b, 1<<20)
		ended, full, silent := b.Dial(server), b.Dial(server), b.Dial(server)
		rounds(silent, 1)
		ended.StopReading()
		ended.Send(numbered(1 << 20))
		ended.CloseWrite()
		full.StopReading()
		full.SendAsync(numbered(2 * peer.Plenty))
		stalled(b, loop, full)
		pause(b, 500*time.Millisecond, loop.sleeping(func(e peer.Ends) bool { return e.Unread > 0 && e.HalfClosed > 0 }))
		b.Equal("poll is called once and sleeps: a FIN, a full queue and a silent client need nothing", asleep, loop.state())
		b.Equal("one goroutine keeps the queued bytes; no other is started", 1, b.Goroutines())
		stop(b, server)
		b.AtMost("poll is called at most once per 128 bytes read", loop.Waits, (ended.Sent()+full.Sent())/128)
	}, peer.Loopback)
}

func TestResetWithQueue_R11(t *testing.T) {
	peer.Run(t, "R11: Run drops a client that resets, even with bytes queued", func(b *peer.Bench) {
		server, _ := start(b, 2*peer.Plenty)
		queued, neighbour := b.Dial(server), b.Dial(server)
		queued.StopReading()
		queued.Send(numbered(peer.Plenty))
		rounds(neighbour, 300) // by then Run has read what was sent
		queued.Reset()
		rounds(neighbour, 20)
		next := b.Dial(server)
		next.Send("mine\n")
		next.Expect("the next client gets its own bytes, not those queued for the last", "mine\n")
		bye(neighbour, next)
		stop(b, server)
		second, loop := start(b, usual) // now without queued bytes
		rude, silent := b.Dial(second), b.Dial(second)
		rounds(rude, 1)
		rounds(silent, 1)
		rude.Reset()
		pause(b, 300*time.Millisecond, loop.sleeping(func(e peer.Ends) bool { return e.Open == 1 }))
		bye(silent)
		stop(b, second)
		b.AtMost("poll is called at most 200 times for 2 messages", loop.Waits, 200)
		resetWhenFull(b)
		resetAfterFIN(b)
	}, peer.Loopback)
}

func TestGoneBeforeAccept_R12(t *testing.T) {
	peer.Run(t, "R12: clients that are gone before accept do not block Run", func(b *peer.Bench) {
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
		patient.Expect("Run serves the client that stayed", "still here\n")
		accept := peer.Start(b, "an accept without a client", acceptFrom(<-listener))
		_, err := accept.Result("accept returns at once if the client is gone")
		b.ErrorIs("Run has set listenFD to non-blocking mode", err, syscall.EAGAIN)
		bye(patient)
	}, peer.Loopback)
}

func TestHighDescriptors_R13(t *testing.T) {
	peer.Run(t, "R13: descriptors above 1,024 work like any others", func(b *peer.Bench) {
		defer b.OpenDescriptors(1100)()
		server, _ := start(b, usual)
		client := b.Dial(server)
		rounds(client, 2)
		bye(client)
	}, peer.Loopback)
}

func TestOutOfDescriptors_R14(t *testing.T) {
	peer.Run(t, "R14: on EMFILE, Run keeps serving and accepts again once a conn has closed", func(b *peer.Bench) {
		server, loop := start(b, usual)
		first, silent := b.Dial(server), b.Dial(server)
		rounds(first, 1)
		rounds(silent, 1)
		forgetsClients(b, server, first)
		restore := leaveOneDescriptor(b)
		defer restore()
		second := b.Dial(server) // takes the last one, so accept fails with EMFILE
		second.Send("me too\n")
		rounds(first, 1)
		pause(b, 500*time.Millisecond, loop.retrying())
		b.Equal("Run waits in poll alone, where its clients can wake it", inPollOnly, loop.waitsIn(b))
		rounds(first, 20)
		first.Close()
		second.Expect("Run accepts the client once one of its conns has closed", "me too\n")
		third := b.Dial(server)
		third.Send("me too\n")
		rounds(second, 2) // by then accept has failed again
		second.Reset()
		third.Expect("Run accepts the client once another has reset its conn", "me too\n")
		silent.Send("still here\n")
		silent.Expect("Run keeps its clients while others wait for a descriptor", "still here\n")
		restore()
		bye(third)
		fourth := b.Dial(server)
		rounds(fourth, 1)
		pause(b, 300*time.Millisecond, loop.asleep())
		b.Equal("poll has no timeout once accept has succeeded again", peer.NoTimeout, loop.timeout())
		bye(fourth, silent)
		stop(b, server)
		b.AtMost("poll is called at most once a millisecond while accept fails", loop.Waits, 200+int(b.Elapsed()/time.Millisecond))
		b.AtLeast("Stats counts every accept: 29 that succeeded and one or more that failed", loop.Accepts, 29+1)
		acceptsAlone(b)
		acceptsAfterFull(b)
	}, peer.Loopback)
}

func TestInterrupted_R15(t *testing.T) {
	peer.Run(t, "R15: Run continues when a signal interrupts poll", func(b *peer.Bench) {
		b.Inside("it sends signals to the thread that polls")
		server, loop := start(b, usual)
		client := b.Dial(server)
		rounds(client, 1)
		interruptOften(b, loop)
		rounds(client, 1)
		bye(client)
	}, peer.Loopback)
}

func TestUnusableDescriptors_R16(t *testing.T) {
	peer.Run(t, "R16: Run returns nil if stopFD's peer closes, an error if listenFD fails", func(b *peer.Bench) {
		stop, stopPeer, err := os.Pipe()
		b.NoError("the bench opens a pipe", err)
		defer stop.Close()
		server := serve(b, func(listenFD, _ int) error {
			return run(listenFD, int(stop.Fd()))
		})
		client := b.Dial(server)
		rounds(client, 1)
		bye(client)
		stopPeer.Close()
		b.NoError("a closed peer of stopFD is the normal end", server.Result("Run returns when the other end of stopFD closes"))
		broken := serve(b, func(_, stopFD int) error {
			return run(1<<20, stopFD)
		})
		err = broken.Result("Run returns if listenFD is not an open descriptor")
		b.Error("Run fails, because it cannot accept clients", err)

		listener := make(chan int, 1)
		failing := serve(b, func(listenFD, stopFD int) error {
			own, err := syscall.Dup(listenFD)
			listener <- own
			return errors.Join(err, run(own, stopFD))
		})
		waker, silent := b.Dial(failing), b.Dial(failing)
		rounds(silent, 1)
		rounds(waker, 1)
		shut(b, <-listener)
		waker.Send("wake up\n")
		err = failing.Result("Run returns when listenFD stops listening")
		b.Error("Run fails, because it can no longer accept clients", err)
		silent.ExpectClosed("Run closes its clients when it fails too")
		failsWithPoll(b)
		stopless := serve(b, func(listenFD, _ int) error {
			run(listenFD, 1<<20)
			return nil // an error is as good
		})
		stopless.Result("Run returns if stopFD is not an open descriptor")
	}, peer.Loopback)
}

func TestCloseOnExec_R17(t *testing.T) {
	peer.Run(t, "R17: accepted conns are close-on-exec", func(b *peer.Bench) {
		b.Inside("it looks at the descriptors of Run's process")
		server, loop := start(b, usual)
		client := b.Dial(server)
		rounds(client, 1)
		b.Equal("a program started now does not inherit the conn", 0, peer.EndsAt(loop.port).Inherited)
		bye(client)
	}, peer.Loopback)
}

func TestDescriptorZero_R18(t *testing.T) {
	peer.Run(t, "R18: a conn whose descriptor is 0 is served like any other", func(b *peer.Bench) {
		begin := make(chan struct{})
		server := serve(b, func(listenFD, stopFD int) error {
			<-begin
			return run(listenFD, stopFD)
		})
		client := b.Dial(server)
		b.FreeDescriptorZero() // for the conn that Run accepts
		close(begin)
		rounds(client, 2)
		bye(client)
		stopsByZero(b)
	}, peer.Loopback)
}
