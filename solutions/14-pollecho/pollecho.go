//go:build unix

// Package pollecho is an echo server in which one goroutine serves all
// clients. It sleeps in poll(2) until a descriptor is ready, does everything
// that does not block, and sleeps again. The Go runtime has such a loop below
// every Read; this one uses raw system calls, so that nothing is hidden. The
// next exercise is about timers, epoll and kqueue.
package pollecho

import (
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Stats counts the system calls of one Run, including those that failed.
// Calls interrupted by a signal (EINTR) need not be counted.
type Stats struct {
	Waits   int // poll(2)
	Reads   int // read(2) from a client
	Writes  int // write(2) to a client
	Accepts int // accept(2)
}

// Run accepts clients from listenFD, a listening stream socket, and sends
// every byte back to the client it came from, in order. It works in the
// calling goroutine and starts no other; another Run may run at the same time,
// even with the same listenFD.
// Run returns nil as soon as stopFD is readable or its other end is closed, and
// an error if poll or listenFD fails permanently. If stopFD is not open, Run
// returns with or without an error. Neither descriptor is negative; one may be 0.
// Before Run returns it closes every client, even one with bytes queued. It
// leaves listenFD and stopFD, which are the caller's, open and listenFD
// non-blocking. If listenFD is open but cannot accept, Run may notice that only
// when poll reports listenFD.
//
// Run sets listenFD and the accepted conns to non-blocking mode, and the conns
// to close-on-exec. It blocks only in poll, and asks poll only for events it
// can handle, so a silent client costs nothing. It reads only from clients that poll
// has reported, once or several times, but not after EAGAIN; each read has room for
// 256 bytes or more, unless the queue or the end of a ring has less. Poll has no timeout,
// except from an accept that fails with EMFILE or ENFILE to the next one that does not.
//
// Bytes that a client's socket does not take at once wait in that client's
// queue, which holds at most maxBuffered bytes; maxBuffered is at least 1. Run
// reads from a client as long as its queue has room for a byte, and not while the
// queue is full; so a client may send much before it reads. A client that
// half-closes gets the queued bytes, then FIN. If a conn is reset or fails, Run
// closes it, even with bytes queued or a full queue, and no other client is
// affected.
//
// While the process is out of descriptors (EMFILE, ENFILE), new clients stay
// in the listener's backlog and Run serves the others. It accepts again after
// a conn of this Run has closed, however it closed. It may also retry on a timer
// of 10 ms to 1 s; without clients it must. See poll(2), accept(2).
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	// A client may be gone between poll and accept. A blocking accept would
	// then wait for the next client and block the whole loop.
	if err := unix.SetNonblock(listenFD, true); err != nil {
		return Stats{}, os.NewSyscallError("fcntl", err)
	}
	l := &loop{listenFD: listenFD, stopFD: stopFD, limit: maxBuffered, buf: make([]byte, 64<<10)}
	defer l.closeAll()
	for {
		if err := l.wait(); err != nil {
			return l.stats, err
		}
		if l.fds[stopEntry].Revents != 0 { // POLLHUP comes alone when the other end is closed
			return l.stats, nil
		}
		for i, c := range l.clients {
			l.serve(c, l.fds[firstClient+i].Revents)
		}
		l.forgetClosed() // after the loop, because it indexes l.fds and l.clients in parallel
		if l.fds[listenEntry].Revents != 0 {
			if err := l.accept(); err != nil {
				return l.stats, err
			}
		}
	}
}

// The entries of loop.fds.
const (
	stopEntry   = 0
	listenEntry = 1
	firstClient = 2 // clients[i] is at firstClient+i
)

// retry is the pause before the next accept when the process is out of
// descriptors.
const retry = 20 * time.Millisecond

// A loop is the state of one Run.
type loop struct {
	listenFD, stopFD int
	limit            int // maximum bytes in one client's queue
	clients          []*client
	fds              []unix.PollFd
	retryAt          time.Time // do not accept before: out of descriptors
	buf              []byte
	stats            Stats
}

// A client is one accepted conn.
type client struct {
	fd    int    // -1 once it is closed
	queue []byte // read, but not yet sent
	eof   bool   // the client has half-closed
}

// wait sleeps until a descriptor is ready and leaves the events in l.fds.
func (l *loop) wait() error {
	l.fds = append(l.fds[:0],
		unix.PollFd{Fd: int32(l.stopFD), Events: unix.POLLIN},
		unix.PollFd{Fd: int32(l.listenFD), Events: unix.POLLIN})
	timeout := -1
	if pause := time.Until(l.retryAt); pause > 0 {
		l.fds[listenEntry].Fd = -1 // it stays ready, so poll would never sleep
		timeout = int(pause/time.Millisecond) + 1
	}
	for _, c := range l.clients {
		l.fds = append(l.fds, unix.PollFd{Fd: int32(c.fd), Events: c.events(l.limit)})
	}
	for {
		l.stats.Waits++
		_, err := unix.Poll(l.fds, timeout)
		if !errors.Is(err, unix.EINTR) { // a signal is not an event: sleep again
			return os.NewSyscallError("poll", err)
		}
	}
}

// events returns the events to poll c for. It asks only for what c can use,
// because poll does not sleep while any of them is pending.
func (c *client) events(limit int) (events int16) {
	if !c.eof && len(c.queue) < limit { // an EOF stays readable forever
		events |= unix.POLLIN
	}
	if len(c.queue) > 0 { // an idle socket is always writable
		events |= unix.POLLOUT
	}
	return events
}

// serve does for c everything that does not block.
func (l *loop) serve(c *client, ready int16) {
	if ready == 0 {
		return
	}
	// Every bit but POLLOUT calls read: it returns the error that POLLERR
	// and POLLHUP only announce.
	if ready&^unix.POLLOUT != 0 && c.events(l.limit)&unix.POLLIN != 0 {
		l.read(c)
	}
	if c.fd >= 0 && len(c.queue) > 0 { // read may have closed c
		l.write(c)
	}
	if c.fd >= 0 && c.eof && len(c.queue) == 0 { // only after the queue is flushed
		l.close(c)
	}
}

// read moves bytes from the client to its queue, as many as there is room for.
func (l *loop) read(c *client) {
	room := min(len(l.buf), l.limit-len(c.queue))
	n, err := unix.Read(c.fd, l.buf[:room])
	l.stats.Reads++
	switch {
	case n > 0:
		c.queue = append(c.queue, l.buf[:n]...) // a copy, because all clients share buf
	case err == nil:
		c.eof = true
	case !again(err):
		l.close(c)
	}
}

// write sends as much of the queue as the socket takes.
func (l *loop) write(c *client) {
	n, err := unix.Write(c.fd, c.queue)
	l.stats.Writes++
	switch {
	case err == nil:
		c.queue = c.queue[n:] // the rest waits for POLLOUT
	case !again(err):
		l.close(c)
	}
}

// again reports whether the same call may succeed after the next poll.
func again(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR)
}

// accept takes one client from the backlog. If there are more, the next poll
// reports the listener again.
func (l *loop) accept() error {
	fd, _, err := unix.Accept(l.listenFD)
	l.stats.Accepts++
	switch {
	case err == nil:
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		l.retryAt = time.Now().Add(retry)
		return nil
	case again(err), errors.Is(err, unix.ECONNABORTED): // the client is gone
		return nil
	default:
		return os.NewSyscallError("accept", err)
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil { // Linux does not inherit it from the listener
		unix.Close(fd)
		return os.NewSyscallError("fcntl", err)
	}
	l.clients = append(l.clients, &client{fd: fd})
	return nil
}

func (l *loop) close(c *client) {
	unix.Close(c.fd)
	c.fd = -1
	l.retryAt = time.Time{} // a descriptor is free
}

func (l *loop) forgetClosed() {
	l.clients = slices.DeleteFunc(l.clients, func(c *client) bool { return c.fd < 0 })
}

func (l *loop) closeAll() {
	for _, c := range l.clients {
		unix.Close(c.fd)
	}
}
