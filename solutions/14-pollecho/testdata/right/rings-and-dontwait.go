//go:build unix

// Run keeps a pollfd table and a ring buffer per client. The conns stay in
// blocking mode; MSG_DONTWAIT makes each call non-blocking.

package pollecho

import (
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

// A ring is a client's queue: length bytes from start, wrapping at the end.
type ring struct {
	data          []byte
	start, length int
	eof           bool
}

// room returns the free space that one read can fill.
func (r *ring) room() []byte {
	end := r.start + r.length
	if end >= len(r.data) {
		return r.data[end-len(r.data) : r.start]
	}
	return r.data[end:]
}

// head returns the bytes that one write can send.
func (r *ring) head() []byte {
	return r.data[r.start:min(r.start+r.length, len(r.data))]
}

// grow enlarges a ring, up to limit.
func (r *ring) grow(limit int) {
	if r.length < len(r.data) || len(r.data) >= limit {
		return
	}
	larger := make([]byte, min(limit, max(1024, 2*len(r.data))))
	n := copy(larger, r.data[r.start:])
	copy(larger[n:], r.data[:r.start])
	r.data, r.start = larger, 0
}

// Run serves clients of listenFD until stopFD is readable.
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	var stats Stats
	if err := unix.SetNonblock(listenFD, true); err != nil {
		return stats, err
	}
	// Entries 0 and 1 are stopFD and listenFD; rings has the same indices.
	table := []unix.PollFd{{Fd: int32(stopFD), Events: unix.POLLIN}, {Fd: int32(listenFD), Events: unix.POLLIN}}
	rings := []*ring{nil, nil}
	defer func() {
		for _, p := range table[2:] {
			unix.Close(int(p.Fd))
		}
	}()
	for {
		stats.Waits++
		if _, err := unix.Poll(table, -1); err == unix.EINTR {
			continue
		} else if err != nil {
			return stats, err
		}
		if table[0].Revents != 0 {
			return stats, nil
		}
		for i := len(table) - 1; i >= 2; i-- { // backwards, so that the last entry can fill a gap
			if table[i].Revents == 0 || rings[i].turn(&table[i], maxBuffered, &stats) {
				continue
			}
			unix.Close(int(table[i].Fd))
			last := len(table) - 1
			table[i], rings[i] = table[last], rings[last]
			table, rings = table[:last], rings[:last]
			table[1].Fd = int32(listenFD) // a descriptor is free
		}
		if table[1].Revents == 0 {
			continue
		}
		fd, _, err := unix.Accept(listenFD)
		stats.Accepts++
		switch err {
		case nil:
			unix.CloseOnExec(fd)
			table = append(table, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
			rings = append(rings, &ring{})
		case unix.EMFILE, unix.ENFILE:
			table[1].Fd = -1 // poll ignores it
			if len(table) == 2 {
				table[1].Fd = int32(listenFD)
				unix.Poll(nil, 50)
			}
		case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED:
		default:
			return stats, err
		}
	}
}

// turn does what does not block for one client and reports whether to keep it.
func (r *ring) turn(p *unix.PollFd, limit int, stats *Stats) bool {
	fd := int(p.Fd)
	if p.Events&unix.POLLIN != 0 && p.Revents&^unix.POLLOUT != 0 {
		r.grow(limit)
		n, _, err := unix.Recvfrom(fd, r.room(), unix.MSG_DONTWAIT)
		stats.Reads++
		switch {
		case err == unix.EAGAIN, err == unix.EINTR:
		case err != nil:
			return false
		case n == 0:
			r.eof = true
		default:
			r.length += n
		}
	}
	for r.length > 0 {
		n, err := unix.SendmsgN(fd, r.head(), nil, nil, unix.MSG_DONTWAIT)
		stats.Writes++
		if err == unix.EAGAIN || err == unix.EINTR {
			break
		}
		if err != nil {
			return false
		}
		r.start, r.length = (r.start+n)%len(r.data), r.length-n
	}
	p.Events = 0
	if !r.eof && r.length < limit {
		p.Events |= unix.POLLIN
	}
	if r.length > 0 {
		p.Events |= unix.POLLOUT
	}
	return !r.eof || r.length > 0
}
