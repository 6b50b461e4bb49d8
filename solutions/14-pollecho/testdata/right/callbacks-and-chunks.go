//go:build unix

// A reactor maps each descriptor to a callback, queues a list of chunks, and
// does one read or one write per ready client.

package pollecho

import (
	"errors"
	"fmt"
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

var errStop = errors.New("told to stop")

// A reactor calls a handler for each descriptor that is ready.
type reactor struct {
	Stats
	interest map[int]int16
	handle   map[int]func(ready int16) error
	free     time.Time // poll the listener again from then on
	listenFD int
	limit    int
}

// Run serves clients of listenFD until stopFD is readable.
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	r := &reactor{interest: map[int]int16{}, handle: map[int]func(int16) error{}, listenFD: listenFD, limit: maxBuffered}
	if err := unix.SetNonblock(listenFD, true); err != nil {
		return r.Stats, err
	}
	r.watch(stopFD, unix.POLLIN, func(int16) error { return errStop })
	r.watch(listenFD, unix.POLLIN, r.accept)
	err := r.loop()
	delete(r.handle, stopFD)
	delete(r.handle, listenFD)
	for fd := range r.handle {
		unix.Close(fd)
	}
	if errors.Is(err, errStop) {
		err = nil
	}
	return r.Stats, err
}

func (r *reactor) watch(fd int, events int16, handle func(int16) error) {
	r.interest[fd], r.handle[fd] = events, handle
}

func (r *reactor) forget(fd int) error {
	delete(r.interest, fd)
	delete(r.handle, fd)
	r.interest[r.listenFD] = unix.POLLIN
	return unix.Close(fd)
}

func (r *reactor) loop() error {
	for {
		timeout := -1
		if r.interest[r.listenFD] == 0 {
			if timeout = int(time.Until(r.free).Milliseconds()); timeout <= 0 {
				timeout, r.interest[r.listenFD] = -1, unix.POLLIN
			}
		}
		var fds []unix.PollFd
		for fd, events := range r.interest {
			fds = append(fds, unix.PollFd{Fd: int32(fd), Events: events})
		}
		r.Waits++
		if _, err := unix.Poll(fds, timeout); err != nil {
			if err == unix.EINTR {
				continue
			}
			return fmt.Errorf("poll: %w", err)
		}
		for _, p := range fds {
			handle := r.handle[int(p.Fd)]
			if p.Revents == 0 || handle == nil {
				continue
			}
			if err := handle(p.Revents); err != nil {
				return err
			}
			if r.handle[int(p.Fd)] == nil {
				break // its number may be reused: poll again
			}
		}
	}
}

func (r *reactor) accept(int16) error {
	fd, _, err := unix.Accept(r.listenFD)
	r.Accepts++
	switch err {
	case nil:
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return errors.Join(err, unix.Close(fd))
		}
		r.watch(fd, unix.POLLIN, (&chunks{reactor: r, fd: fd}).turn)
	case unix.EMFILE, unix.ENFILE:
		r.interest[r.listenFD], r.free = 0, time.Now().Add(15*time.Millisecond)
	case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED:
	default:
		return fmt.Errorf("accept: %w", err)
	}
	return nil
}

// chunks is one client and the chunks queued for it.
type chunks struct {
	*reactor
	fd     int
	queue  [][]byte
	queued int
	eof    bool
}

func (c *chunks) turn(ready int16) error {
	if c.queued > 0 && ready&(unix.POLLOUT|unix.POLLERR|unix.POLLHUP) != 0 {
		if !c.writeOne() {
			return c.forget(c.fd)
		}
	} else if !c.eof && !c.readOne() {
		return c.forget(c.fd)
	}
	var events int16
	if !c.eof && c.queued < c.limit {
		events = unix.POLLIN
	}
	if c.queued > 0 {
		events |= unix.POLLOUT
	}
	c.interest[c.fd] = events
	if c.eof && c.queued == 0 {
		return c.forget(c.fd)
	}
	return nil
}

func (c *chunks) readOne() bool {
	if c.queued >= c.limit {
		return true
	}
	piece := make([]byte, min(16<<10, c.limit-c.queued))
	n, err := unix.Read(c.fd, piece)
	c.Reads++
	if n > 0 {
		c.queue, c.queued = append(c.queue, piece[:n]), c.queued+n
	}
	c.eof = n == 0 && err == nil
	return err == nil || err == unix.EAGAIN || err == unix.EINTR
}

func (c *chunks) writeOne() bool {
	n, err := unix.Write(c.fd, c.queue[0])
	c.Writes++
	if n > 0 {
		c.queue[0], c.queued = c.queue[0][n:], c.queued-n
		if len(c.queue[0]) == 0 {
			c.queue = c.queue[1:]
		}
	}
	return err == nil || err == unix.EAGAIN || err == unix.EINTR
}
