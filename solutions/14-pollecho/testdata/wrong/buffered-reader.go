//go:build unix

// A bufio.Reader per client reads one line each time poll reports POLLIN.
//
// Seen: fgets on a descriptor watched by select; the second line sits in the
// buffer while poll waits.
// Caught by: R2 (missing tail)
// Say: the rest is already in your buffer, where poll cannot see it; use
// every byte of a read before you wait.

package pollecho

import (
	"bufio"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Stats counts the system calls that one Run made, whatever they returned.
// Calls that a signal interrupted (EINTR) may be counted or not.
type Stats struct {
	Waits   int // poll(2)
	Reads   int // read(2) from a client
	Writes  int // write(2) to a client
	Accepts int // accept(2)
}

// Run serves clients of listenFD until stopFD is readable.
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	// A client may vanish between poll and accept; a blocking accept would
	// then wait for the next one, and everybody with it.
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
		l.forgetClosed() // after the loop: l.fds and l.clients run in parallel
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

// retry is how long the listener is left alone after accept found no free
// descriptor.
const retry = 100 * time.Millisecond

// A loop is the state of one Run.
type loop struct {
	listenFD, stopFD int
	limit            int // bytes that one client's queue may hold
	clients          []*client
	fds              []unix.PollFd
	retryAt          time.Time // until then the process is out of descriptors
	buf              []byte
	stats            Stats
}

// A client is one accepted conn.
type client struct {
	fd    int    // -1 once it is closed
	queue []byte // read, and not yet taken by the socket
	eof   bool   // the client has half-closed
	lines *bufio.Reader
}

// Read reads what is there.
func (c *client) Read(p []byte) (int, error) {
	n, err := unix.Read(c.fd, p)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), err
}

// wait sleeps until something can be done, and leaves in l.fds what that is.
func (l *loop) wait() error {
	l.fds = append(l.fds[:0],
		unix.PollFd{Fd: int32(l.stopFD), Events: unix.POLLIN},
		unix.PollFd{Fd: int32(l.listenFD), Events: unix.POLLIN})
	timeout := -1
	if pause := time.Until(l.retryAt); pause > 0 {
		l.fds[listenEntry].Fd = -1 // it stays ready, and poll would never sleep
		timeout = int(pause/time.Millisecond) + 1
	}
	for _, c := range l.clients {
		l.fds = append(l.fds, unix.PollFd{Fd: int32(c.fd), Events: c.events(l.limit)})
	}
	for {
		l.stats.Waits++
		_, err := unix.Poll(l.fds, timeout)
		if !errors.Is(err, unix.EINTR) { // a signal is no event: sleep on
			return os.NewSyscallError("poll", err)
		}
	}
}

// events returns what poll is to watch for: only what c can use, because poll
// returns at once as long as anything it watches for is there.
func (c *client) events(limit int) (events int16) {
	if !c.eof && len(c.queue) < limit { // an EOF stays readable for ever
		events |= unix.POLLIN
	}
	if len(c.queue) > 0 { // an idle socket is always writable
		events |= unix.POLLOUT
	}
	return events
}

// serve does for c what can be done without waiting.
func (l *loop) serve(c *client, ready int16) {
	if ready == 0 {
		return
	}
	// Any bit but POLLOUT is for read: it tells an error (POLLERR, POLLHUP)
	// by its name.
	if ready&^unix.POLLOUT != 0 && c.events(l.limit)&unix.POLLIN != 0 {
		l.read(c)
	}
	if c.fd >= 0 && len(c.queue) > 0 { // read may have closed it
		l.write(c)
	}
	if c.fd >= 0 && c.eof && len(c.queue) == 0 { // not before the queue is flushed
		l.close(c)
	}
}

// read moves what the client sent into its queue, as far as there is room.
func (l *loop) read(c *client) {
	line, err := c.lines.ReadBytes('\n')
	l.stats.Reads++
	c.queue = append(c.queue, line...)
	switch {
	case errors.Is(err, io.EOF):
		c.eof = true
	case err != nil && !again(err):
		l.close(c)
	}
}

// write gives the socket as much of the queue as it takes.
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

// again reports whether the same call may well succeed after the next poll.
func again(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR)
}

// accept takes one client from the backlog. If there are more, the next poll
// says so.
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
	c := &client{fd: fd}
	c.lines = bufio.NewReader(c)
	l.clients = append(l.clients, c)
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
