package evloop

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// kqueue is a Poller by kqueue(2). An event of the user's own wakes it. This file
// compiles for macOS, but nobody has run it there yet.
type kqueue struct {
	fd   int
	edge bool
	raw  []unix.Kevent_t // of Wait

	mu      sync.Mutex
	watched map[int]watch
	waiting bool // a Wait uses fd without mu
	closed  bool
}

// A watch says which filters of a descriptor are in the kqueue.
type watch struct{ r, w bool }

var wakeUp = unix.Kevent_t{Ident: 0, Filter: unix.EVFILT_USER}

func newPoller(edge bool) (Poller, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, os.NewSyscallError("kqueue", err)
	}
	unix.CloseOnExec(fd)
	p := &kqueue{fd: fd, edge: edge, watched: map[int]watch{}}
	add := wakeUp
	add.Flags = unix.EV_ADD | unix.EV_CLEAR
	if err := p.change(add); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return p, nil
}

func (p *kqueue) change(changes ...unix.Kevent_t) error {
	_, err := unix.Kevent(p.fd, changes, nil, nil)
	return os.NewSyscallError("kevent", err)
}

func (p *kqueue) Add(fd int, r, w bool) error {
	return p.control(fd, watch{r, w}, false)
}

func (p *kqueue) Mod(fd int, r, w bool) error {
	return p.control(fd, watch{r, w}, true)
}

func (p *kqueue) Del(fd int) error {
	err := p.control(fd, watch{}, true)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.watched, fd)
	return err
}

// control changes the filters of fd from what they were. Unlike epoll, kqueue
// would take a second Add.
func (p *kqueue) control(fd int, to watch, isWatched bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	from, ok := p.watched[fd]
	switch {
	case p.closed:
		return os.ErrClosed
	case ok && !isWatched:
		return os.NewSyscallError("kevent", unix.EEXIST)
	case !ok && isWatched:
		return os.NewSyscallError("kevent", unix.ENOENT)
	}
	changes := p.filter(nil, fd, unix.EVFILT_READ, from.r, to.r)
	changes = p.filter(changes, fd, unix.EVFILT_WRITE, from.w, to.w)
	if len(changes) > 0 {
		if err := p.change(changes...); err != nil {
			return err
		}
	}
	p.watched[fd] = to
	return nil
}

// filter appends the change of one filter. One that stays is added once more, so
// that it reports again what is ready.
func (p *kqueue) filter(changes []unix.Kevent_t, fd, filter int, from, to bool) []unix.Kevent_t {
	flags := unix.EV_ADD
	switch {
	case to && p.edge:
		flags |= unix.EV_CLEAR
	case !to && !from:
		return changes
	case !to:
		flags = unix.EV_DELETE
	}
	var k unix.Kevent_t
	unix.SetKevent(&k, fd, filter, flags)
	return append(changes, k)
}

func (p *kqueue) Wait(events []Event, d time.Duration) (int, error) {
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
		return 0, errors.Join(os.ErrClosed, unix.Close(p.fd))
	}
	return n, err
}

func (p *kqueue) wait(events []Event, d time.Duration) (int, error) {
	if len(p.raw) < len(events) {
		p.raw = make([]unix.Kevent_t, len(events))
	}
	raw := p.raw[:len(events)]
	end := time.Now().Add(d)
	for left := d; ; {
		var limit *unix.Timespec // none: without limit
		if d >= 0 {
			const longest = 24 * time.Hour // the kernel refuses very long ones
			ts := unix.NsecToTimespec(int64(min(max(left, 0), longest)))
			limit = &ts
		}
		n, err := unix.Kevent(p.fd, nil, raw, limit)
		switch {
		case n > 0:
			return translate(raw[:n], events), nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return 0, os.NewSyscallError("kevent", err)
		case d < 0: // a signal
			continue
		}
		if left = time.Until(end); left <= 0 {
			return 0, nil
		}
	}
}

// translate fills events and takes out what only woke Wait. Reading and writing
// are filters of their own, so a descriptor may have two events. Both may carry
// EV_EOF: that of the reader is the peer's FIN, with the error of a reset in
// Fflags.
func translate(raw []unix.Kevent_t, events []Event) (n int) {
	for _, k := range raw {
		if k.Filter == unix.EVFILT_USER {
			continue
		}
		eof := k.Flags&unix.EV_EOF != 0
		events[n] = Event{
			FD:    int(k.Ident),
			Read:  k.Filter == unix.EVFILT_READ,
			Write: k.Filter == unix.EVFILT_WRITE,
			Hup:   eof && k.Filter == unix.EVFILT_READ,
			Err:   eof && k.Fflags != 0 || k.Flags&unix.EV_ERROR != 0,
		}
		n++
	}
	return n
}

func (p *kqueue) Wake() error {
	p.mu.Lock() // the number of fd is not used again meanwhile
	defer p.mu.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	return p.wake()
}

func (p *kqueue) wake() error {
	trigger := wakeUp
	trigger.Fflags = unix.NOTE_TRIGGER
	return p.change(trigger)
}

func (p *kqueue) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	p.closed = true
	if p.waiting {
		return p.wake() // Wait closes fd
	}
	return os.NewSyscallError("close", unix.Close(p.fd))
}
