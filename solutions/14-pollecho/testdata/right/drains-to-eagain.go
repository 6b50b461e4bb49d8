//go:build unix

// Run reads until EAGAIN, writes only on POLLOUT, and keeps its clients in a
// map by descriptor.

package pollecho

import (
	"fmt"

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

type conn struct {
	out  []byte
	done bool // the client has half-closed
}

// Run serves clients of listenFD until stopFD is readable.
func Run(listenFD, stopFD int, maxBuffered int) (stats Stats, err error) {
	if err := unix.SetNonblock(listenFD, true); err != nil {
		return stats, fmt.Errorf("set listener non-blocking: %w", err)
	}
	conns := map[int]*conn{}
	drop := func(fd int) {
		delete(conns, fd)
		unix.Close(fd)
	}
	defer func() {
		for fd := range conns {
			unix.Close(fd)
		}
	}()
	full := false // out of descriptors
	for {
		set := []unix.PollFd{{Fd: int32(stopFD), Events: unix.POLLIN}}
		timeout := 20
		if !full {
			set = append(set, unix.PollFd{Fd: int32(listenFD), Events: unix.POLLIN})
			timeout = -1
		}
		for fd, c := range conns {
			var events int16
			if !c.done && len(c.out) < maxBuffered {
				events |= unix.POLLIN
			}
			if len(c.out) > 0 {
				events |= unix.POLLOUT
			}
			set = append(set, unix.PollFd{Fd: int32(fd), Events: events})
		}
		n, err := unix.Poll(set, timeout)
		if err == unix.EINTR {
			continue
		}
		stats.Waits++
		if err != nil {
			return stats, fmt.Errorf("poll: %w", err)
		}
		full = full && n != 0
		for _, p := range set {
			fd := int(p.Fd)
			switch {
			case p.Revents == 0:
			case fd == stopFD:
				return stats, nil
			case fd == listenFD:
				for {
					c, _, err := unix.Accept(listenFD)
					stats.Accepts++
					if err == unix.EMFILE || err == unix.ENFILE {
						full = true
						break
					}
					if err == unix.EAGAIN {
						break
					}
					if err == unix.EINTR || err == unix.ECONNABORTED {
						continue
					}
					if err != nil {
						return stats, fmt.Errorf("accept: %w", err)
					}
					unix.CloseOnExec(c)
					unix.SetNonblock(c, true)
					conns[c] = &conn{}
				}
			default:
				c := conns[fd]
				if p.Events&unix.POLLIN != 0 && p.Revents&^unix.POLLOUT != 0 {
					if !c.fill(fd, maxBuffered, &stats) {
						drop(fd)
						full = false
						continue
					}
				}
				if p.Revents&unix.POLLOUT != 0 || p.Events&unix.POLLIN == 0 {
					if !c.flush(fd, &stats) {
						drop(fd)
						full = false
						continue
					}
				}
				if c.done && len(c.out) == 0 {
					drop(fd)
					full = false
				}
			}
		}
	}
}

// fill reads until EAGAIN, EOF or a full queue. It reports whether the conn
// still works.
func (c *conn) fill(fd, limit int, stats *Stats) bool {
	var chunk [4096]byte
	for len(c.out) < limit {
		n, err := unix.Read(fd, chunk[:min(len(chunk), limit-len(c.out))])
		stats.Reads++
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return true
		case err != nil:
			return false
		case n == 0:
			c.done = true
			return true
		default:
			c.out = append(c.out, chunk[:n]...)
		}
	}
	return true
}

// flush writes until the queue is empty or the socket is full. It reports
// whether the conn still works.
func (c *conn) flush(fd int, stats *Stats) bool {
	sent := 0
	for sent < len(c.out) {
		n, err := unix.Write(fd, c.out[sent:])
		stats.Writes++
		if err == unix.EAGAIN {
			break
		}
		if err != nil && err != unix.EINTR {
			return false
		}
		sent += max(n, 0)
	}
	c.out = c.out[:copy(c.out, c.out[sent:])]
	return true
}
