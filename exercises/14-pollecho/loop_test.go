//go:build unix

package pollecho_test

import (
	"context"
	"net/netip"
	"runtime"
	"syscall"
	"time"

	pollecho "socketkata/exercises/14-pollecho"
	"socketkata/harness/peer"
)

// A loop is one call of pollecho.Run, locked to one thread.
type loop struct {
	pollecho.Stats // valid once the server's Result has returned
	*peer.Thread
	port int // of the listener
}

// usual is the queue of each client that a server at an address may have, too: a
// script that needs another one cannot be played with it.
const usual = 64 << 10

// start serves with pollecho.Run.
func start(b *peer.Bench, maxBuffered int) (*peer.Server, *loop) {
	l := &loop{}
	server := l.serve(b, func(listenFD, stopFD int) (err error) {
		l.Stats, err = pollecho.Run(listenFD, stopFD, maxBuffered)
		return err
	})
	if server.AtAddress() && maxBuffered != usual {
		b.Skip("it sets the limit of the clients' queues; a server at an address has its own")
	}
	return server, l
}

// serve starts a server with run.
func serve(b *peer.Bench, run func(listenFD, stopFD int) error) *peer.Server {
	server := new(loop).serve(b, run)
	if server.AtAddress() {
		b.Skip("the test chooses the descriptors of Run; a server at an address has its own")
	}
	return server
}

// serve starts a server with small socket buffers, so that a client that does
// not read soon blocks it. The listener outlives run: if run returns too early,
// clients meet silence, and the failure shows what run returned.
func (l *loop) serve(b *peer.Bench, run func(listenFD, stopFD int) error) *peer.Server {
	ready := make(chan struct{})
	server := b.Named("Run").ServeFD(func(listenFD, stopFD int) error {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		l.Thread = peer.ThisThread()
		defer l.Thread.Close()
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
	if !server.AtAddress() {
		<-ready
	}
	l.port = int(netip.MustParseAddrPort(server.Addr()).Port())
	return server
}

// pause lets time pass in which no client sends anything. It ends early once
// proven reports that the loop sleeps: see sleeping. Without that proof, a loop
// that never sleeps is only recognized by its number of poll calls. On a busy
// CPU such a loop gets more time, until it has run long enough to show.
func pause(b *peer.Bench, d time.Duration, proven func() bool) {
	const idle, enough, longest = 10 * time.Millisecond, 250 * time.Millisecond, 1800 * time.Millisecond
	began, used := b.Elapsed(), cpuTime()
	b.Until("the clients are silent for a while", func() bool {
		ran, passed := cpuTime()-used, b.Elapsed()-began
		return proven() || ran >= enough || passed >= d && ran < idle || passed >= longest
	})
}

// cpuTime returns the CPU time that this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stalled waits until the network has accepted no more bytes from the client
// for a while, or until the loop is proven to sleep while bytes are unread,
// which takes less time.
func stalled(b *peer.Bench, l *loop, client *peer.Peer) {
	const step = 1 << 20 // even a slow machine sends this much within one wait
	taken, since := -1, b.Elapsed()
	proven := l.sleeping(func(e peer.Ends) bool { return e.Unread > 0 })
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

// sleeping returns a function to call repeatedly. It returns true once the
// loop has slept in poll, without a timeout, since an earlier call at which the
// conns were in the state that when describes. The loop then waits for no event
// of that state: it does nothing until a client acts. On systems where threads
// are not visible the function always returns false.
func (l *loop) sleeping(when func(peer.Ends) bool) func() bool {
	var last peer.Nap
	was := false
	return func() bool {
		n, asleep := l.Nap()
		proven := asleep && n.Timeout == peer.NoTimeout && n == last && was
		last, was = n, when(peer.EndsAt(l.port))
		return proven
	}
}

// asleep is sleeping for any state of the conns.
func (l *loop) asleep() func() bool { return l.sleeping(func(peer.Ends) bool { return true }) }

// watch calls look again and again until it returns true or the loop sleeps in
// one system call from one look to the next, and reports whether that happened
// before the loop had used enough CPU time. On a busy machine a loop may wait long
// for a CPU before it can sleep; a busy loop is never seen asleep. Where threads
// are not visible, one look has to do, and watch returns true.
func (l *loop) watch(enough time.Duration, look func() bool) bool {
	last := ""
	for began := l.Ran(); l.Ran()-began < enough; runtime.Gosched() {
		if look() {
			return true
		}
		sleep, known := l.Sleep()
		if !known || sleep != "" && sleep == last {
			return true
		}
		last = sleep
	}
	return false
}

// timeout returns the timeout of the poll in which the loop sleeps. It returns
// NoTimeout if the loop sleeps elsewhere, or where threads are not visible.
func (l *loop) timeout() peer.Timeout {
	found := peer.NoTimeout
	l.watch(20*time.Millisecond, func() bool {
		n, asleep := l.Nap()
		if asleep {
			found = n.Timeout
		}
		return asleep
	})
	return found
}

// A loopState says whether the loop sleeps.
type loopState string

const asleep, awake loopState = "asleep", "awake"

// state returns asleep once the loop sleeps in any system call. On systems where
// threads are not visible state returns asleep, and the number of waits has to
// show a busy loop.
func (l *loop) state() loopState {
	const enough = 250 * time.Millisecond // CPU time to finish all pending work
	if l.watch(enough, func() bool { return false }) {
		return asleep
	}
	return awake
}

// A place is what a goroutine waits in.
type place string

const inPollOnly place = "poll"

// waitsIn returns what Run waits in: poll, which the runtime does not tell from
// other system calls, or a wait that the runtime knows by name.
func (l *loop) waitsIn(b *peer.Bench) place {
	in := inPollOnly
	l.watch(20*time.Millisecond, func() bool {
		for _, s := range b.States() {
			switch s.Name {
			case "sleep", "select", "chan receive", "sync.Cond.Wait", "sync.WaitGroup.Wait":
				in = place(s.Name)
			}
		}
		return in != inPollOnly
	})
	return in
}

// retrying returns a function to call repeatedly, with pauses. It returns true
// once the loop has slept in poll for longer than a pause, has woken up, and
// sleeps again, or once it sleeps without a timeout. It opens no descriptor.
func (l *loop) retrying() func() bool {
	var first peer.Nap
	long := false
	return func() bool {
		n, asleep := l.Nap()
		switch {
		case !asleep:
			return false
		case n == first:
			long = true
			return n.Timeout == peer.NoTimeout
		}
		first = n
		return long
	}
}

// interruptOften interrupts poll ten times, each time during another nap.
func interruptOften(b *peer.Bench, l *loop) {
	var last peer.Nap
	for range 10 {
		pause(b, 20*time.Millisecond, func() bool {
			n, asleep := l.Nap()
			another := asleep && n != last
			if another {
				last = n
			}
			return another
		})
		l.Interrupt()
	}
}
