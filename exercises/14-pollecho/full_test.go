//go:build unix

package pollecho_test

import (
	"time"

	"socketkata/harness/peer"
)

// expectFull waits until the client's queue holds limit bytes, and checks that
// it holds no more. Where the system does not tell, it waits until the network
// has taken more than sent bytes from the client.
func expectFull(b *peer.Bench, reason string, client *peer.Peer, limit, sent int) {
	queued, known := 0, false
	b.Until(reason, func() bool {
		queued, known = client.Buffered()
		return known && queued >= limit || !known && client.Sent() > sent
	})
	b.AtMost("the client's queue holds at most maxBuffered bytes", peer.Bytes(queued), peer.Bytes(limit))
}

// fillsSmallQueue plays a client that does not read, with a queue that is
// smaller than the buffers programs read into.
func fillsSmallQueue(b *peer.Bench) {
	const limit = 20
	server, loop := start(b, limit)
	client := b.Dial(server)
	client.StopReading()
	client.SendAsync(numbered(peer.Plenty))
	stalled(b, loop, client)
	expectFull(b, "Run reads until a queue of 20 bytes is full", client, limit, 0)
	stop(b, server)
}

// refills plays a client that fills its queue, reads a part of it, and stops
// reading again. The part is more than the buffers of the kernel hold, so that
// Run has sent queued bytes when it has arrived, and far less than half of the queue,
// because Run must not wait until half of it is sent.
func refills(b *peer.Bench, message string) {
	const limit, part = 4 << 20, 1 << 20
	server, loop := start(b, limit)
	client := b.Dial(server)
	client.StopReading()
	client.SendAsync(message)
	stalled(b, loop, client)
	sent := client.Sent()
	client.Take(part)
	client.Expect("Run sends queued bytes as soon as the client reads", message[:part])
	expectFull(b, "Run reads again as soon as the queue has room, until it is full", client, limit, sent)
	client.ResumeReading()
	client.Expect("Run loses no byte of a queue that filled twice", message[part:])
	bye(client)
	stop(b, server)
}

// resetWhenFull plays a client that resets its conn when Run does not poll it
// for POLLIN any more.
func resetWhenFull(b *peer.Bench) {
	server, loop, full, silent := startWithFull(b)
	pause(b, 300*time.Millisecond, loop.sleeping(func(e peer.Ends) bool { return e.Unread > 0 }))
	full.Reset()
	pause(b, 300*time.Millisecond, loop.sleeping(func(e peer.Ends) bool { return e.Open == 1 }))
	bye(silent)
	stop(b, server)
	b.AtMost("poll is called at most once per 128 bytes read, also after the reset", loop.Waits, 200+full.Sent()/128)
}

// startWithFull starts Run with a client that has filled its queue and does not
// read, and with a neighbour.
func startWithFull(b *peer.Bench) (server *peer.Server, loop *loop, full, neighbour *peer.Peer) {
	server, loop = start(b, usual)
	full, neighbour = b.Dial(server), b.Dial(server)
	rounds(neighbour, 1)
	full.StopReading()
	full.SendAsync(numbered(2 * peer.Plenty))
	stalled(b, loop, full)
	return server, loop, full, neighbour
}

// resetAfterFIN plays a client that resets its conn while Run sends the bytes
// that were queued when its FIN came.
func resetAfterFIN(b *peer.Bench) {
	server, loop := start(b, 2*peer.Plenty)
	ended, neighbour := b.Dial(server), b.Dial(server)
	ended.StopReading()
	ended.Send(numbered(peer.Plenty))
	ended.CloseWrite()
	rounds(neighbour, 300) // by then Run has read the FIN
	ended.Reset()
	b.Until("Run closes a conn that is reset after its FIN", func() bool {
		return len(socketsAt(loop.port)) <= 2 // the listener and the neighbour
	})
	bye(neighbour)
	stop(b, server)
}
