//go:build linux || darwin

package evloop_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"socketkata/harness/peer"
)

func TestHarmless_R15(t *testing.T) {
	peer.Run(t, "R15: a client that floods, reads nothing or resets harms no other", func(b *peer.Bench) {
		for _, mode := range modes {
			c := open(b, mode, nil)
			b.Inside("it counts the bytes that wait in Serve's process")
			flooder := b.Dial(c.server)
			rounds(flooder, 1)
			other := b.Dial(c.server)
			rounds(other, 1)
			order := strings.Repeat("toast ", 3*share/6) // fits into the window of a new conn
			c.flood(len(order), false)
			flooder.Send(order)
			flooder.Expect("Serve reads the whole flood", order)
			b.AtMost("between two Waits, Serve reads at most 16 KiB from a client", c.mostRead(), peer.Bytes(share))

			greedy := b.Dial(c.server)
			greedy.StopReading()
			greedy.SendAsync(peer.Numbered(peer.Plenty))
			c.stalled(greedy)
			rounds(other, 5)
			queued, _ := greedy.Buffered()
			b.AtMost("Serve keeps at most 16 KiB of a client that does not read", peer.Bytes(queued), peer.Bytes(share))
			c.idle("Serve stays in Wait while a client does not read", greedy)
			before := c.watches()
			c.flood(len(order), true)
			flooder.Send(order)
			flooder.Reset()
			b.Until("Serve drops a conn that was reset while its bytes wait", func() bool { return c.watches() == before-1 })
			c.calm() // a look for bytes would take the error of a reset
			sleeps := c.sleeping()
			b.Until("Serve has nothing left to do", func() bool { asleep, known := sleeps(); return asleep || !known })
			greedy.Reset()
			b.Until("Serve drops a conn that was reset while it did not read", func() bool { return c.watches() == before-2 })
			quiet := b.Dial(c.server)
			rounds(quiet, 1)
			quiet.Reset()
			b.Until("Serve drops a conn that was reset while it was silent", func() bool { return c.watches() == before-2 })
			rounds(other, 2)
			bye(other)
			c.stop()
		}
	}, peer.Loopback)
}

func TestNothingWaits_R16(t *testing.T) {
	peer.Run(t, "R16: in edge mode Serve leaves no client and no byte waiting", func(b *peer.Bench) {
		begin := make(chan struct{})
		c := open(b, edge, begin)
		if c.server.AtAddress() {
			b.Skip("it lets clients wait before Serve begins")
		}
		large, last := b.Dial(c.server), b.Dial(c.server)
		order := strings.Repeat("toast ", 3*share/6)
		large.Send(order)
		last.Send("the bill, please\n")
		last.CloseWrite()
		crowd := b.Crowd(c.server, 100)
		crowd.Each(func(_ int, client *peer.Peer) { client.Send("good morning\n") })
		close(begin)
		crowd.Each(func(_ int, client *peer.Peer) {
			client.Expect("Serve accepts every client that waits", "good morning\n")
		})
		large.Expect("Serve reads on until nothing is left", order)
		last.Expect("Serve echoes bytes that came with a FIN", "the bill, please\n")
		last.ExpectEOF("Serve finds the FIN behind the bytes")

		slow, long := b.Dial(c.server), peer.Numbered(peer.Plenty)
		slow.StopReading()
		slow.SendAsync(long)
		c.stalled(slow)
		large.Send(order)
		large.Expect("Serve serves others meanwhile", order)
		slow.ResumeReading()
		slow.Expect("Serve sends and reads on when the client reads", long)
		bye(slow)
		c.leavesRest(b.Dial(c.server))
		rounds(crowd[99], 1)
		c.stop()

		c = small(b, 3) // listenFD, stopFD and one client
		stuck := b.Dial(c.server)
		stuck.StopReading()
		stuck.SendAsync(long)
		c.stalled(stuck)
		if stuck.ResumeReading(); c.now(&c.refused) > 0 {
			stuck.ReadUntilClosed("Serve closes a client whose watch it cannot change")
		}
		c.server.Close()
		c.server.Result("Serve returns once stopFD is readable") // or has failed with its Poller
	}, peer.Loopback)
}

// leavesRest has a client send no more as soon as Serve cannot send all that it has
// read. No event but room in the socket can tell Serve of the rest then. When it
// sends more meanwhile, Serve still reads only its share of that in a turn.
func (c *cafe) leavesRest(client *peer.Peer) {
	rounds(client, 1)
	orders := c.overfill(client)
	client.ResumeReading()
	client.Expect("Serve sends the rest, though the client sends no more", orders)

	orders = c.overfill(client)
	more := strings.Repeat("toast ", 3*share/6)
	c.flood(len(more), false)
	client.Send(more)
	client.ResumeReading()
	client.Expect("Serve sends the rest, and what the client sent meanwhile", orders+more)
	c.b.AtMost("between two Waits, Serve reads at most 16 KiB from a client, even if it sends a rest", c.mostRead(), peer.Bytes(share))
}

// overfill has a client send, and not read, until Serve cannot send all that it has
// read. All that was sent has arrived then, so no more bytes can wake Serve.
func (c *cafe) overfill(client *peer.Peer) (orders string) {
	client.StopReading()
	order := strings.Repeat("toast ", share/8)
	for queued, known := client.Buffered(); known && queued == 0; {
		var settled atomic.Bool
		c.onWait(func() {
			if !settled.Load() {
				arrived := client.Arrived()
				queued, _ = client.Buffered()
				settled.Store(queued > 0 || arrived && !c.unread())
			}
		})
		client.Send(order)
		orders += order
		c.b.Until("Serve calls Wait when it has read all, or cannot send all", settled.Load)
	}
	c.onWait(nil)
	c.b.Until("all that the client has sent arrives", client.Arrived)
	return orders
}

// flood waits until Serve is in Wait, and has that return when n bytes can be read
// from a client, which has reset its conn if it is doomed. It counts what Serve reads
// from then on.
func (c *cafe) flood(n int, doomed bool) {
	c.mu.Lock()
	c.next, c.doomed = n, doomed
	c.holds.Store(false)
	if c.inside > 0 {
		c.begin()
	}
	c.mu.Unlock()
	c.b.Until("Serve calls Wait", c.holds.Load)
}

// begin has the Wait in progress hold for a flood. Before a Wait Serve might read
// some of the bytes. The lock is held.
func (c *cafe) begin() {
	if c.next > 0 {
		c.hold, c.next = c.next, 0
		c.holds.Store(true)
	}
}

// calm ends the count of a flood.
func (c *cafe) calm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold, c.doomed = -1, false
}

// mostRead ends a flood, and returns how many bytes Serve has read at most from one
// client between two Waits. The next Wait counts the latest reads.
func (c *cafe) mostRead() peer.Bytes {
	before := c.now(&c.waits)
	c.b.Until("Serve calls Wait again", func() bool { return c.now(&c.inside) > 0 || c.now(&c.waits) > before })
	c.calm()
	return peer.Bytes(c.now(&c.most))
}

// onWait has f called whenever Serve calls Wait.
func (c *cafe) onWait(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look = f
}
