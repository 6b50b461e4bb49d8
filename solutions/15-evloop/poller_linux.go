package evloop

import (
	"errors"
	"math"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// epoll is a Poller by epoll(7). An eventfd(2) wakes it.
type epoll struct {
	fd     int
	wakeFD int
	edge   uint32            // EPOLLET or 0
	raw    []unix.EpollEvent // of Wait

	mu      sync.Mutex
	waiting bool // a Wait uses fd and wakeFD without mu
	closed  bool
}

func newPoller(edge bool) (Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wakeFD, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("eventfd", err)
	}
	p := &epoll{fd: fd, wakeFD: wakeFD}
	if err := p.Add(wakeFD, true, false); err != nil { // level-triggered: it stays ready until it is read
		p.Close()
		return nil, err
	}
	if edge {
		p.edge = unix.EPOLLET
	}
	return p, nil
}

func (p *epoll) Add(fd int, r, w bool) error { return p.control(unix.EPOLL_CTL_ADD, fd, r, w) }
func (p *epoll) Mod(fd int, r, w bool) error { return p.control(unix.EPOLL_CTL_MOD, fd, r, w) }
func (p *epoll) Del(fd int) error            { return p.control(unix.EPOLL_CTL_DEL, fd, false, false) }

func (p *epoll) control(op, fd int, r, w bool) error {
	e := unix.EpollEvent{Events: p.edge, Fd: int32(fd)}
	if r {
		e.Events |= unix.EPOLLIN | unix.EPOLLRDHUP // the FIN is reported only if asked for
	}
	if w {
		e.Events |= unix.EPOLLOUT
	}
	p.mu.Lock() // not during epoll_wait: Add must not wait for an event
	defer p.mu.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, fd, &e))
}

func (p *epoll) Wait(events []Event, d time.Duration) (int, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return 0, os.ErrClosed
	}
	p.waiting = true
	p.mu.Unlock()

	n, err := p.wait(events, d)

	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = false
	if p.closed {
		return 0, errors.Join(os.ErrClosed, p.release())
	}
	return n, err
}

func (p *epoll) wait(events []Event, d time.Duration) (int, error) {
	if len(p.raw) < len(events) {
		p.raw = make([]unix.EpollEvent, len(events))
	}
	raw := p.raw[:len(events)] // an event that was taken and not passed on would be lost
	var end time.Time
	if d > 0 {
		end = time.Now().Add(d)
	}
	for left := d; ; {
		n, err := unix.EpollWait(p.fd, raw, milliseconds(left))
		switch {
		case n > 0:
			return p.translate(raw[:n], events), nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return 0, os.NewSyscallError("epoll_wait", err)
		case d < 0: // a signal
			continue
		}
		if left = time.Until(end); left <= 0 {
			return 0, nil
		}
	}
}

// milliseconds rounds up, because Wait must not end too early. The kernel takes
// 32 bits.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return int(min((d+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
}

// translate fills events and takes out what only woke Wait.
func (p *epoll) translate(raw []unix.EpollEvent, events []Event) (n int) {
	for _, e := range raw {
		if int(e.Fd) == p.wakeFD {
			var count [8]byte
			unix.Read(p.wakeFD, count[:]) // one read takes all Wakes
			continue
		}
		// EPOLLHUP and EPOLLERR may come without EPOLLIN.
		events[n] = Event{
			FD:    int(e.Fd),
			Read:  e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0,
			Write: e.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0,
			Hup:   e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP) != 0,
			Err:   e.Events&unix.EPOLLERR != 0,
		}
		n++
	}
	return n
}

func (p *epoll) Wake() error {
	p.mu.Lock() // the number of wakeFD is not used again meanwhile
	defer p.mu.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	return p.wake()
}

// wake makes wakeFD readable. EAGAIN means that the counter is full, which it
// also says.
func (p *epoll) wake() error {
	_, err := unix.Write(p.wakeFD, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	if errors.Is(err, unix.EAGAIN) {
		return nil
	}
	return os.NewSyscallError("write", err)
}

func (p *epoll) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	p.closed = true
	if p.waiting {
		return p.wake() // Wait releases them: epoll_wait would not notice a close
	}
	return p.release()
}

func (p *epoll) release() error { return errors.Join(unix.Close(p.fd), unix.Close(p.wakeFD)) }
