//go:build unix

package pollecho_test

import (
	"context"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"time"

	pollecho "socketkata/exercises/14-pollecho"
	"socketkata/harness/peer"
)

// A loop is one call of pollecho.Run, in a thread of its own.
type loop struct {
	pollecho.Stats // what it counted, once the server's Result is there
	*thread
	port int // that its clients dial
}

// start serves with pollecho.Run.
func start(b *peer.Bench, maxBuffered int) (*peer.Server, *loop) {
	l := &loop{}
	server := l.serve(b, func(listenFD, stopFD int) (err error) {
		l.Stats, err = pollecho.Run(listenFD, stopFD, maxBuffered)
		return err
	})
	return server, l
}

// serve starts a server with run.
func serve(b *peer.Bench, run func(listenFD, stopFD int) error) *peer.Server {
	return new(loop).serve(b, run)
}

// serve starts a server with small socket buffers, so that it is soon felt
// when a client does not read. The listener outlives run: should run return
// too early, clients meet silence, and the failure tells what was returned.
func (l *loop) serve(b *peer.Bench, run func(listenFD, stopFD int) error) *peer.Server {
	ready := make(chan struct{})
	server := b.ServeFD(func(listenFD, stopFD int) error {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		l.thread = thisThread()
		defer l.thread.close()
		// Accepted conns inherit all three. Without the third a conn that echoes
		// byte by byte waits for delayed ACKs (the Nagle algorithm).
		syscall.SetsockoptInt(listenFD, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 128<<10)
		syscall.SetsockoptInt(listenFD, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 128<<10)
		syscall.SetsockoptInt(listenFD, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		if held, err := syscall.Dup(listenFD); err == nil {
			context.AfterFunc(b.Context(), func() { syscall.Close(held) })
		}
		close(ready)
		return run(listenFD, stopFD)
	})
	<-ready
	l.port = int(netip.MustParseAddrPort(server.Addr()).Port())
	return server
}

// A nap is one sleep of a thread in poll.
type nap struct {
	number  string  // tells it from other naps of the thread
	timeout timeout // with none only an event ends it
}

// A timeout is what poll was given as such, as far as that can be seen.
type timeout string

const none timeout = "none"

// Ends are the server's ends of its conns.
type ends struct {
	open       int // that were accepted and not closed
	unread     int // with bytes to be read
	halfClosed int // whose client has finished sending
}

// pause lets time pass in which nobody sends anything. It is over early when
// the loop is proven to sleep: see sleeping. Where nothing is proven a loop
// that never sleeps is told by how often it went round. So that it can, also
// on a processor that has much else to do, such a loop gets more time until it
// has run for long enough.
func pause(b *peer.Bench, d time.Duration, proven func() bool) {
	const idle, enough, longest = 10 * time.Millisecond, 250 * time.Millisecond, 1800 * time.Millisecond
	began, used := b.Elapsed(), processorTime()
	b.Until("the clients are silent for a while", func() bool {
		ran, passed := processorTime()-used, b.Elapsed()-began
		return proven() || ran >= enough || passed >= d && ran < idle || passed >= longest
	})
}

// processorTime returns how much of it this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stalled waits until the network has taken nothing more from the client for
// a while, or, which is over sooner, until the loop is proven to sleep while
// there are bytes to be read.
func stalled(b *peer.Bench, l *loop, client *peer.Peer) {
	const step = 1 << 20 // however slow the machine is, so much is taken in the time of one wait
	taken, since := -1, b.Elapsed()
	proven := l.sleeping(func(e ends) bool { return e.unread > 0 })
	for over := false; !over; {
		limit := client.Sent() + step
		b.Until("the client can send no more", func() bool {
			if n := client.Sent(); n != taken {
				taken, since = n, b.Elapsed()
			}
			over = proven() || b.Elapsed()-since >= 300*time.Millisecond
			return over || taken >= limit
		})
	}
}

// sleeping returns a function to be called again and again, which tells when
// the loop has been asleep in poll, without a timeout, since an earlier call
// at which the conns were in a certain state. It asks for nothing, then, that
// this state offers: it will do nothing more until a client acts, however long
// one waits. Where threads cannot be looked into that is never told.
func (l *loop) sleeping(when func(ends) bool) func() bool {
	var last nap
	was := false
	return func() bool {
		n, asleep := l.nap()
		proven := asleep && n.timeout == none && n == last && was
		last, was = n, when(l.ends(l.port))
		return proven
	}
}

// asleep is sleeping whatever the state of the conns.
func (l *loop) asleep() func() bool { return l.sleeping(func(ends) bool { return true }) }

// timeout returns that of the poll in which the loop sleeps. It looks several
// times, because the loop may have been woken a moment ago.
func (l *loop) timeout() timeout {
	for range 100 {
		if n, asleep := l.nap(); asleep {
			return n.timeout
		}
		runtime.Gosched()
	}
	return none
}

// A rest is whether the loop sleeps.
type rest string

const asleep, awake rest = "asleep", "awake"

// state tells whether the loop sleeps, in whatever call. One that finds
// something ready each time it calls poll is never seen asleep, however long it
// is on a processor: that is what counts, since on a busy machine a loop that is
// about to sleep may wait for a processor for long. Where threads cannot be
// looked into it is taken to sleep: there its count of waits tells.
func (l *loop) state() rest {
	const enough = 250 * time.Millisecond // to do all that there may be left to do
	last := ""
	for began := l.ran(); l.ran()-began < enough; runtime.Gosched() {
		sleep, known := l.sleep()
		if !known || sleep != "" && sleep == last {
			return asleep
		}
		last = sleep
	}
	return awake
}

// A place is where a goroutine waits.
type place string

const inPollOnly place = "poll"

// waitsIn says where Run waits: in poll, which for the runtime is one system
// call like all others, or in something that the runtime knows by name.
func waitsIn() place {
	buf := make([]byte, 1<<20)
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		head, frames, _ := strings.Cut(g, "]:\n")
		_, state, _ := strings.Cut(head, "[")
		state, _, _ = strings.Cut(state, ",") // [sleep, locked to thread]:
		if !strings.Contains(frames, "14-pollecho.Run(") {
			continue
		}
		switch state {
		case "sleep", "select", "chan receive", "sync.Cond.Wait", "sync.WaitGroup.Wait":
			return place(state)
		}
	}
	return inPollOnly
}

// retrying returns a function to be called again and again, with pauses, which
// tells when the loop has slept in poll for longer than a pause, was woken, and
// sleeps again; or sleeps without a timeout. It opens no descriptor.
func (l *loop) retrying() func() bool {
	var first nap
	long := false
	return func() bool {
		n, asleep := l.nap()
		switch {
		case !asleep:
			return false
		case n == first:
			long = true
			return n.timeout == none
		}
		first = n
		return long
	}
}

// interruptOften interrupts poll ten times, each time in another nap.
func interruptOften(b *peer.Bench, l *loop) {
	var last nap
	for range 10 {
		pause(b, 20*time.Millisecond, func() bool {
			n, asleep := l.nap()
			another := asleep && n != last
			if another {
				last = n
			}
			return another
		})
		l.interrupt()
	}
}
