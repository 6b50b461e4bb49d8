//go:build unix

// Run makes one call per turn and client, a read of at most 256 bytes or a
// write; it closes conns by the bits of poll, and fills gaps in its list with
// the last entry.

package pollecho

import (
	"bytes"
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

type guest struct {
	fd   int
	q    bytes.Buffer
	done bool
}

// Run serves clients of listenFD until stopFD is readable.
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	var st Stats
	if err := unix.SetNonblock(listenFD, true); err != nil {
		return st, err
	}
	var guests []*guest
	defer func() {
		for _, g := range guests {
			unix.Close(g.fd)
		}
	}()
	var mute time.Time
	var buf [256]byte
	for {
		var fds []unix.PollFd
		for _, g := range guests {
			p := unix.PollFd{Fd: int32(g.fd)}
			switch {
			case g.q.Len() > 0 && !g.done && g.q.Len() < maxBuffered:
				p.Events = unix.POLLIN | unix.POLLOUT
			case g.q.Len() > 0:
				p.Events = unix.POLLOUT
			default:
				p.Events = unix.POLLIN
			}
			fds = append(fds, p)
		}
		fds = append(fds, unix.PollFd{Fd: int32(stopFD), Events: unix.POLLIN})
		timeout := -1
		if d := time.Until(mute); d > 0 {
			timeout = int(d.Milliseconds()) + 1
		} else {
			fds = append(fds, unix.PollFd{Fd: int32(listenFD), Events: unix.POLLIN})
		}
		st.Waits++
		if _, err := unix.Poll(fds, timeout); err == unix.EINTR {
			continue
		} else if err != nil {
			return st, err
		}
		n := len(guests)
		if fds[n].Revents != 0 {
			return st, nil
		}
		if len(fds) > n+1 && fds[n+1].Revents != 0 {
			if fds[n+1].Revents&unix.POLLIN == 0 {
				return st, unix.ENOTSOCK
			}
			fd, _, err := unix.Accept(listenFD)
			st.Accepts++
			switch err {
			case unix.EMFILE, unix.ENFILE:
				mute = time.Now().Add(50 * time.Millisecond)
			case nil:
				unix.CloseOnExec(fd)
				if unix.SetNonblock(fd, true) != nil {
					unix.Close(fd)
					break
				}
				guests = append(guests, &guest{fd: fd})
			case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED:
			default:
				return st, err
			}
		}
		for i := n - 1; i >= 0; i-- {
			if fds[i].Revents == 0 || step(guests[i], fds[i].Revents, buf[:], maxBuffered, &st) {
				continue
			}
			unix.Close(guests[i].fd)
			guests[i] = guests[len(guests)-1]
			guests = guests[:len(guests)-1]
			mute = time.Time{}
		}
	}
}

// step makes one call for a guest and reports whether to keep it.
func step(g *guest, re int16, buf []byte, limit int, st *Stats) bool {
	if re&(unix.POLLERR|unix.POLLNVAL) != 0 {
		return false
	}
	if re&unix.POLLOUT != 0 {
		st.Writes++
		n, err := unix.Write(g.fd, g.q.Bytes())
		if err != nil {
			return err == unix.EAGAIN || err == unix.EINTR
		}
		g.q.Next(n)
		return !(g.done && g.q.Len() == 0)
	}
	if g.done {
		return false
	}
	st.Reads++
	n, err := unix.Read(g.fd, buf[:min(len(buf), limit-g.q.Len())])
	if err != nil {
		return err == unix.EAGAIN || err == unix.EINTR
	}
	if n == 0 {
		g.done = true
		return g.q.Len() > 0
	}
	g.q.Write(buf[:n])
	return true
}
