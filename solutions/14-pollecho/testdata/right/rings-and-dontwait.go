//go:build unix

// Keeps one table of pollfd and a ring buffer per client, leaves the conns in
// blocking mode and asks each call not to wait (MSG_DONTWAIT).

package pollecho

import (
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

// A ring is a client's queue: length bytes from start on, round the end.
type ring struct {
	data          []byte
	start, length int
	eof           bool
}

// room returns the free part that can be read into at once.
func (r *ring) room() []byte {
	end := r.start + r.length
	if end >= len(r.data) {
		return r.data[end-len(r.data) : r.start]
	}
	return r.data[end:]
}

// head returns the part that can be written at once.
func (r *ring) head() []byte {
	return r.data[r.start:min(r.start+r.length, len(r.data))]
}

// grow makes a small ring larger, up to limit.
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
	// Entries 0 and 1 are stopFD and listenFD; rings runs in parallel.
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
		for i := len(table) - 1; i >= 2; i-- { // backwards, so that the last may take a gap
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
			table[1].Fd = -1 // poll passes over it
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

// turn does what is possible for one client, and reports whether it stays.
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
