//go:build unix

package rawtcp_test

import (
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	rawtcp "socketkata/exercises/03-rawtcp"
	"socketkata/harness/peer"
)

// A call is a call of the subject that has a thread of its own, to which the
// script can send signals.
type call[T any] struct {
	*peer.Call[T]
	*peer.Thread
	name string
	done chan struct{} // closed when the call has returned
}

// onThread starts a call of the subject in a thread of its own.
func onThread[T any](b *peer.Bench, name string, f func() (T, error)) call[T] {
	b.Inside("it sends signals to the thread of " + name)
	threads, done := make(chan *peer.Thread, 1), make(chan struct{})
	c := peer.Start(b, name, func() (T, error) {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread := peer.ThisThread()
		defer thread.Close()
		threads <- thread
		return f()
	})
	return call[T]{Call: c, Thread: <-threads, name: name, done: done}
}

// interrupt sends the call five signals, each in another sleep of its thread,
// until it returns. Where threads are not visible the signals may come between
// two sleeps. The result says after which of them the call returned or waits.
func (c call[T]) interrupt(b *peer.Bench) (after string) {
	last := ""
	for _, nth := range []string{"first", "second", "third", "fourth", "fifth"} {
		b.Until(c.name+" waits in a system call", func() bool {
			before, known := c.Sleep()
			number, _ := c.Sleep()
			another := number != "" && number == before && number != last
			if another {
				last = number
			}
			return another || !known || c.hasReturned()
		})
		if c.hasReturned() {
			break
		}
		c.Interrupt()
		after = " after the " + nth + " signal"
	}
	return after
}

func (c call[T]) hasReturned() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// interruptUntilReturned sends the call signals at short intervals.
func (c call[T]) interruptUntilReturned(b *peer.Bench) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.Interrupt()
		case <-c.done:
			return
		case <-b.Context().Done():
			return
		}
	}
}

// neverRestart sets time limits on a socket, too long to pass. Without any, the
// kernel itself repeats most calls that a signal interrupts; see signal(7).
func neverRestart(fd int) {
	long := unix.Timeval{Sec: 3600}
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &long)
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &long)
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 64<<10) // else it grows and is never full
}

// interruptReads interrupts Peek, and ReadFull between two pieces.
func interruptReads(b *peer.Bench, client *peer.Peer, fd int) {
	peek := onThread(b, "Peek", fill(rawtcp.Peek, fd, 4))
	after := peek.interrupt(b)
	client.Send("B12 ")
	text, err := peek.Result("Peek returns when bytes come")
	b.NoError("Peek waits on"+after, err)
	b.Equal("Peek shows what came after the signals", "B12 ", text)
	read := onThread(b, "ReadFull", fill(rawtcp.ReadFull, fd, 10))
	after = read.interrupt(b)
	client.Send("08:14\n")
	text, err = read.Result("ReadFull returns when p is full")
	b.NoError("ReadFull reads on"+after, err)
	b.Equal("ReadFull keeps the bytes that it read before the signals", "B12 08:14\n", text)
}

// interruptWrites interrupts WriteFull while the client does not read.
func interruptWrites(b *peer.Bench, client *peer.Peer, fd int) {
	timetable := peer.Numbered(peer.Plenty)
	client.StopReading()
	write := onThread(b, "WriteFull", writeFull(fd, timetable))
	b.Until("WriteFull has sent as much as the kernel takes", func() bool { return isFull(fd) })
	after := write.interrupt(b)
	client.ResumeReading()
	n, err := write.Result("WriteFull returns when the client has read enough")
	b.NoError("WriteFull writes on"+after, err)
	b.Equal("WriteFull counts the bytes before and after the signals", result(len(timetable)), result(n))
	client.Expect("no byte is lost or sent twice", timetable)
}

// interruptConnect interrupts Connect4 again and again, until it returns.
func interruptConnect(b *peer.Bench) {
	if runtime.GOOS != "linux" {
		return
	}
	full := fullBacklog(b)
	defer unix.Close(full.fd)
	interruptPoll(b, full)
	const timeout = time.Second
	began := b.Elapsed()
	connect := onThread(b, "Connect4", func() (int, error) { return rawtcp.Connect4(full.bound, timeout) })
	go connect.interruptUntilReturned(b)
	_, err := connect.Result("Connect4 returns after its timeout, though signals keep coming")
	b.ErrorIs("a full backlog does not answer", err, unix.ETIMEDOUT)
	b.AtLeast("a signal does not shorten the timeout", b.Elapsed()-began, timeout-20*time.Millisecond)
}

// interruptPoll interrupts Connect4 once, after part of its timeout, and looks at
// what it gives poll next. Code that does not wait in poll, or with a timeout that
// is not visible, passes here: interruptConnect shows what its timeout does.
func interruptPoll(b *peer.Bench, full listener) {
	const timeout, passed = 500 * time.Millisecond, 100 * time.Millisecond
	connect := onThread(b, "Connect4", func() (int, error) { return rawtcp.Connect4(full.bound, timeout) })
	before := connect.nap(b, peer.Nap{})
	began := b.Elapsed()
	b.Until("part of the timeout passes", func() bool { return b.Elapsed()-began >= passed || connect.hasReturned() })
	connect.Interrupt()
	after := connect.nap(b, before)
	if left, known := milliseconds(after.Timeout); known {
		b.Less("after a signal poll gets what is left of the timeout, not all of it again", left, timeout)
	}
	_, err := connect.Result("Connect4 returns after its timeout, though a signal came")
	b.ErrorIs("a full backlog does not answer", err, unix.ETIMEDOUT)
}

// nap waits until the call sleeps in poll, in another nap than the last, or has
// returned.
func (c call[T]) nap(b *peer.Bench, last peer.Nap) (n peer.Nap) {
	b.Until(c.name+" waits in poll or has returned", func() bool {
		nap, asleep := c.Nap()
		if asleep && nap != last {
			n = nap
		}
		return n != peer.Nap{} || c.hasReturned()
	})
	return n
}

// milliseconds returns a timeout of poll(2) if it is visible.
func milliseconds(t peer.Timeout) (d time.Duration, known bool) {
	ms, known := strings.CutSuffix(string(t), " ms")
	n, err := strconv.Atoi(ms)
	return time.Duration(n) * time.Millisecond, known && err == nil
}
