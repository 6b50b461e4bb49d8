//go:build linux || darwin

package evloop_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

// stalled waits until Serve sleeps while bytes of a client wait to be read, or runs
// for long without reading any. Where threads are not visible it waits for a while.
func (c *cafe) stalled(client *peer.Peer) {
	sleeps, was, taken, looks, ran := c.sleeping(), false, -1, 0, time.Duration(0)
	c.b.Until("Serve stops reading from a client that does not read", func() bool {
		asleep, known := sleeps()
		asleep, was = asleep && was, c.unread()
		if n := c.taken(client); n != taken || !was {
			taken, looks, ran = n, 0, c.thread.Ran()
		}
		looks++
		queued, tells := client.Buffered()
		return asleep || c.thread.Ran()-ran >= 50*ms || !known && looks == 6 || tells && queued > 1<<20 || c.now(&c.refused) > 0
	})
}

// sleeping returns a function to call repeatedly. It reports whether Serve has slept
// since the call before. Where threads are not visible, known is false.
func (c *cafe) sleeping() func() (asleep, known bool) {
	last := ""
	return func() (bool, bool) {
		number, known := c.thread.Sleep()
		asleep := known && number != "" && number == last
		last = number
		return asleep, known
	}
}

// taken returns how many bytes of a client Serve has read, or are on their way.
func (c *cafe) taken(client *peer.Peer) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken, buf := client.Sent(), make([]byte, 1<<20)
	for fd := range c.watched {
		n, _, _ := unix.Recvfrom(fd, buf, unix.MSG_PEEK|unix.MSG_DONTWAIT)
		taken -= max(n, 0)
	}
	return taken
}

// idle checks that Serve does not call Wait while it can neither read nor send. A
// loop that spins gets as much CPU time as it needs to show. The kernel may make room
// after a while; then Serve goes on, and the check begins again.
func (c *cafe) idle(reason string, client *peer.Peer) {
	c.b.Helper()
	const long, idle, enough = 100 * ms, 10 * ms, 100 * ms
	var before int
	var began, used time.Duration
	taken, sleeps := -1, c.sleeping()
	c.b.Until("the clients are silent for a while", func() bool {
		asleep, known := sleeps()
		if n := c.taken(client); n != taken {
			taken, before, began, used = n, c.now(&c.waits), c.b.Elapsed(), cpuTime()
		}
		ran, passed := cpuTime()-used, c.b.Elapsed()-began
		return ran >= enough || passed >= long && (asleep || !known && ran < idle) || passed >= 15*long
	})
	c.b.AtMost(reason, waits(c.now(&c.waits)-before), waits(50))
}

// waits is a number of calls of Wait.
type waits int

func (n waits) String() string { return fmt.Sprintf("%d calls of Wait", int(n)) }

// expectNoWatches checks that every Add was followed by a Del.
func (c *cafe) expectNoWatches(reason string) {
	c.b.Helper()
	c.b.Equal(reason+": Serve has called Del for each descriptor", watched("nothing"), c.still())
}

// watched names descriptors.
type watched string

func (w watched) String() string { return "still watched: " + string(w) }

// still names the descriptors that are watched.
func (c *cafe) still() watched {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := slices.Repeat([]string{"one whose Del failed"}, c.lost)
	for fd := range c.watched {
		switch fd {
		case c.listen:
			names = append(names, "listenFD")
		case c.halt:
			names = append(names, "stopFD")
		default:
			names = append(names, fmt.Sprintf("descriptor %d", fd))
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	slices.Sort(names)
	return watched(strings.Join(names, ", "))
}

// cpuTime returns the CPU time that this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
