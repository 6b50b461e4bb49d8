//go:build linux || darwin

package evloop_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	evloop "socketkata/exercises/15-evloop"
	"socketkata/harness/peer"
)

// share is how much Serve may read from one client between two Waits, and keep
// of one that does not read.
const share = 16 << 10

// errFire is what a Poller returns that cannot go on.
var errFire = errors.New("the Poller is on fire")

// serve runs Serve with a Poller of its own.
func serve(mode bool, listenFD, stopFD int) error {
	p, err := evloop.New(mode)
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
	thread *peer.Thread // of Serve
	holds  atomic.Bool  // the hold of a flood has begun
	listen int          // listenFD
	halt   int          // stopFD
	spared condition    // of listenFD and stopFD after Serve
	others loan         // of numbers of clients that have left
	robbed int          // how many of them Serve has closed

	mu      sync.Mutex
	watched map[int]int // descriptors, with the bytes to be read when the latest Wait returned
	lost    int         // watches that ended without a Del that succeeded
	waits   int         // calls of Wait
	inside  int         // calls of Wait that have not returned
	outside int         // calls of Wait in another goroutine than that of Serve
	look    func()      // see onWait
	broken  error
	left    []int // numbers of clients that have left since the latest Wait
	room    int   // for watches
	refused int   // calls of Mod
	next    int   // the hold that the next Wait begins
	hold    int   // Wait returns when so many bytes can be read from one descriptor; -1 if nothing is counted
	doomed  bool  // and when that conn was reset
	most    int   // read from one descriptor between two Waits
}

// open starts Serve at once or, if begin is not nil, when that is closed. The
// listener's buffers are large enough for a flood and small enough to be filled.
func open(b *peer.Bench, mode bool, begin <-chan struct{}) *cafe {
	c := &cafe{b: b, watched: map[int]int{}, room: math.MaxInt, hold: -1}
	ready := make(chan error, 1)
	c.server = b.Named("Serve").ServeFD(func(listenFD, stopFD int) (err error) {
		// The listener outlives Serve: if that returns too early, clients meet
		// silence, and the failure shows what it returned.
		if held, err := syscall.Dup(listenFD); err == nil {
			context.AfterFunc(b.Context(), func() { syscall.Close(held) })
		}
		syscall.SetsockoptInt(listenFD, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 208<<10)
		syscall.SetsockoptInt(listenFD, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 128<<10)
		c.listen, c.halt = listenFD, stopFD
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		c.thread = peer.ThisThread()
		defer c.thread.Close()
		c.Poller, err = evloop.New(mode)
		ready <- err // from here on clients come
		if err != nil {
			return err
		}
		defer c.Poller.Close()
		if begin != nil {
			<-begin
		}
		err = evloop.Serve(c, listenFD, stopFD)
		c.spared, c.robbed = openness(listenFD, stopFD), c.others.end()
		return err
	})
	if !c.server.AtAddress() {
		b.NoError("New returns a Poller", <-ready)
	}
	return c
}

// small opens a cafe whose Poller watches no more than room descriptors at once. If
// it watches as many, it does not change what it watches them for.
func small(b *peer.Bench, room int) *cafe {
	begin := make(chan struct{})
	c := open(b, edge, begin)
	c.room = room
	close(begin)
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
	c.b.Equal("listenFD and stopFD are the caller's, and stay open", isOpen, c.spared)
	c.b.Equal("closes of a descriptor that got the number of a client that has left", 0, c.robbed)
}

func (c *cafe) Add(fd int, r, w bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.watched) >= c.room {
		return errFire
	}
	err := c.Poller.Add(fd, r, w)
	if err == nil {
		c.watched[fd] = 0
	}
	return err
}

func (c *cafe) Del(fd int) error {
	err := c.Poller.Del(fd)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, was := c.watched[fd]; was && err != nil {
		c.lost++
	} else if err == nil {
		c.left = append(c.left, fd)
	}
	delete(c.watched, fd) // even then: the number may stand for a conn of the bench by now
	return err
}

func (c *cafe) Mod(fd int, r, w bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.watched) >= c.room {
		c.refused++
		return errFire
	}
	return c.Poller.Mod(fd, r, w)
}

func (c *cafe) Wait(events []evloop.Event, d time.Duration) (int, error) {
	c.mu.Lock()
	if !calledBy(".Serve") {
		c.outside++
	}
	if c.waits++; c.broken != nil {
		defer c.mu.Unlock()
		if c.waits > 100_000 {
			panic("Wait was called again and again after it had failed")
		}
		return 0, c.broken
	}
	for fd, before := range c.watched {
		if before > 0 {
			c.most = max(c.most, before-unread(fd))
		}
	}
	for _, fd := range c.left {
		c.others.take(fd)
	}
	c.left = nil
	look := c.look
	c.mu.Unlock()
	if look != nil {
		look()
	}
	c.mu.Lock()
	c.inside++
	c.begin()
	c.mu.Unlock()
	n, err := c.Poller.Wait(events, d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside--
	c.count()
	return n, err
}

// calledBy reports whether a function whose name ends like that is a caller, in this
// goroutine.
func calledBy(name string) bool {
	callers := make([]uintptr, 50)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for more := true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); strings.HasSuffix(f.Function, name) {
			return true
		}
	}
	return false
}

// count notes how many bytes can be read from each descriptor. It first lets all
// bytes of a flood arrive, and its reset, so that none can arrive later and hide a
// read. The lock is held.
func (c *cafe) count() {
	largest := -1
	for limit := time.Now().Add(2 * time.Second); c.hold > largest && time.Now().Before(limit); {
		for fd := range c.watched {
			c.watched[fd] = unread(fd)
			if !c.doomed || hasFailed(fd) {
				largest = max(largest, c.watched[fd])
			}
		}
	}
	c.hold, c.doomed = min(c.hold, 0), false // from now on, only count
}

// now returns the value of a count that Serve changes.
func (c *cafe) now(count *int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *count
}

// watches returns how many descriptors are watched, or were until a Del failed.
func (c *cafe) watches() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.watched) + c.lost
}

// fail has Wait fail.
func (c *cafe) fail(err error) {
	c.mu.Lock()
	c.broken = err
	c.mu.Unlock()
	peer.Start(c.b, "Wake", func() (struct{}, error) { return struct{}{}, c.Poller.Wake() }).Result("Wake returns at once, even during a Wait")
}

// breakListener makes accept fail from now on, where a listener can be shut down.
func (c *cafe) breakListener() bool { return unix.Shutdown(c.listen, unix.SHUT_RD) == nil }

// unread reports whether any client has sent bytes that Serve has not read.
func (c *cafe) unread() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for fd := range c.watched {
		var one [1]byte
		if n, _, _ := unix.Recvfrom(fd, one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT); n > 0 {
			return true
		}
	}
	return false
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

// A condition of descriptors, as a failure shows it.
type condition string

const isOpen, isClosed condition = "open", "closed"

func openness(fds ...int) condition {
	for _, fd := range fds {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
			return isClosed
		}
	}
	return isOpen
}
