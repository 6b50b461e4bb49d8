//go:build linux || darwin

package evloop_test

import (
	"sync"
	"syscall"
	"time"

	evloop "socketkata/exercises/15-evloop"
	"socketkata/harness/peer"
)

// share is how much Serve may read from one client between two Waits, and keep
// of one that does not read.
const share = 16 << 10

// serveEdge runs Serve with an edge-triggered Poller of its own.
func serveEdge(listenFD, stopFD int) error {
	p, err := evloop.New(edge)
	if err != nil {
		return err
	}
	defer p.Close()
	return evloop.Serve(p, listenFD, stopFD)
}

// A cafe is a Serve, and the Poller through which the script sees what it does.
type cafe struct {
	evloop.Poller
	b      *peer.Bench
	server *peer.Server

	mu      sync.Mutex
	watched map[int]int // descriptors, with the bytes to be read when the latest Wait returned
	waits   int
	waiting bool
	hold    int // Wait returns when so many bytes can be read from one descriptor; -1 if nothing is counted
	most    int // read from one descriptor between two Waits
}

// open starts Serve when begin is closed. The listener's buffers are large enough
// for a flood and small enough to be filled.
func open(b *peer.Bench, mode bool, begin <-chan struct{}) *cafe {
	c := &cafe{b: b, watched: map[int]int{}, hold: -1}
	ready := make(chan struct{})
	c.server = b.Named("Serve").ServeFD(func(listenFD, stopFD int) (err error) {
		c.Poller, err = evloop.New(mode)
		close(ready)
		if err != nil {
			return err
		}
		defer c.Poller.Close()
		syscall.SetsockoptInt(listenFD, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 208<<10)
		syscall.SetsockoptInt(listenFD, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 128<<10)
		<-begin
		return evloop.Serve(c, listenFD, stopFD)
	})
	if !c.server.AtAddress() {
		<-ready
	}
	return c
}

// now is for a Serve that begins at once.
func now() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// stop makes stopFD readable and waits for Serve to return. A server at an
// address goes on.
func (c *cafe) stop() {
	c.b.Helper()
	if c.server.AtAddress() {
		return
	}
	c.server.Close()
	c.b.NoError("the stop is not an error", c.server.Result("Serve returns once stopFD is readable"))
	c.b.Equal("Serve has ended every watch when it returns", 0, c.watches())
}

func (c *cafe) Add(fd int, r, w bool) error {
	err := c.Poller.Add(fd, r, w)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.watched[fd] = 0
	}
	return err
}

func (c *cafe) Del(fd int) error {
	err := c.Poller.Del(fd)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		delete(c.watched, fd)
	}
	return err
}

func (c *cafe) Wait(events []evloop.Event, d time.Duration) (int, error) {
	c.mu.Lock()
	c.waits++
	c.waiting = true
	for fd, before := range c.watched {
		if before > 0 {
			c.most = max(c.most, before-unread(fd))
		}
	}
	c.mu.Unlock()
	n, err := c.Poller.Wait(events, d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = false
	c.count()
	return n, err
}

// count notes how many bytes can be read from each descriptor. It first lets all
// bytes of a flood arrive, so that none can arrive later and hide a read. The
// lock is held.
func (c *cafe) count() {
	largest := -1
	for limit := time.Now().Add(2 * time.Second); c.hold > largest && time.Now().Before(limit); {
		for fd := range c.watched {
			c.watched[fd] = unread(fd)
			largest = max(largest, c.watched[fd])
		}
	}
	c.hold = min(c.hold, 0) // from now on, only count
}

// flood has the next Wait return when n bytes can be read from a client, and
// counts what Serve reads from then on.
func (c *cafe) flood(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold = n
}

// taken returns the most bytes that Serve has read from one client between two
// Waits.
func (c *cafe) taken() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

// calls returns how often Wait was called.
func (c *cafe) calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waits
}

// watches returns how many descriptors are watched.
func (c *cafe) watches() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.watched)
}

// stalled waits until Serve leaves bytes of a client unread and waits.
func (c *cafe) stalled(client *peer.Peer) {
	last := -1
	c.b.Until("Serve stops reading from a client that does not read", func() bool {
		queued, known := client.Buffered()
		c.mu.Lock()
		defer c.mu.Unlock()
		waits, left := c.waits, false
		for fd := range c.watched {
			left = left || unread(fd) > 0
		}
		same := c.waiting && left && waits == last
		if last = waits; !c.waiting {
			last = -1
		}
		return same || known && queued > 1<<20
	})
}

// rounds sends n messages, each after the echo of the one before.
func rounds(client *peer.Peer, n int) {
	for range n {
		client.Send("another coffee\n")
		client.Expect("Serve sends the bytes back while the client is there", "another coffee\n")
	}
}

// bye half-closes and waits for the server to close.
func bye(client *peer.Peer) {
	client.CloseWrite()
	client.ExpectEOF("Serve closes after the last byte of a client that half-closed")
}
