//go:build linux

// A pipe wakes the Poller, a timerfd ends its Wait, and a goroutine waits for the
// end of ctx; the Loop looks up all handlers of a turn before it calls the first;
// Serve drains each socket.
package evloop

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

type Event struct {
	FD                    int
	Read, Write, Hup, Err bool
}

type Poller interface {
	Add(fd int, r, w bool) error
	Mod(fd int, r, w bool) error
	Del(fd int) error
	Wait(events []Event, d time.Duration) (n int, err error)
	Wake() error
	Close() error
}

type poller struct {
	ep, clock, in, out int
	flags              uint32
	sync.Mutex
	left           sync.Cond // a Wait has returned
	inWait, closed bool
}

func New(edge bool) (Poller, error) {
	p := &poller{ep: -1, clock: -1, in: -1, out: -1}
	p.left.L = p
	var pipe [2]int
	var err error
	if p.ep, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if p.clock, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return nil, errors.Join(err, unix.Close(p.ep))
	}
	if err = unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, errors.Join(err, unix.Close(p.ep), unix.Close(p.clock))
	}
	p.in, p.out = pipe[0], pipe[1]
	if err = errors.Join(p.Add(p.clock, true, false), p.Add(p.in, true, false)); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if edge {
		p.flags = unix.EPOLLET
	}
	return p, nil
}

func (p *poller) call(f func() error) error {
	p.Lock()
	defer p.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	return f()
}

func (p *poller) ctl(op, fd int, r, w bool) error {
	return p.call(func() error {
		e := &unix.EpollEvent{Fd: int32(fd), Events: p.flags}
		if r {
			e.Events |= unix.EPOLLIN | unix.EPOLLRDHUP
		}
		if w {
			e.Events |= unix.EPOLLOUT
		}
		return unix.EpollCtl(p.ep, op, fd, e)
	})
}

func (p *poller) Add(fd int, r, w bool) error { return p.ctl(unix.EPOLL_CTL_ADD, fd, r, w) }
func (p *poller) Mod(fd int, r, w bool) error { return p.ctl(unix.EPOLL_CTL_MOD, fd, r, w) }
func (p *poller) Del(fd int) error            { return p.ctl(unix.EPOLL_CTL_DEL, fd, false, false) }

func (p *poller) wake() error {
	if _, err := unix.Write(p.out, []byte{'!'}); err != nil && err != unix.EAGAIN {
		return err
	}
	return nil
}

func (p *poller) Wake() error { return p.call(p.wake) }

func (p *poller) Close() error {
	return p.call(func() error {
		p.closed = true
		for p.inWait {
			p.wake()
			p.left.Wait()
		}
		return errors.Join(unix.Close(p.ep), unix.Close(p.clock), unix.Close(p.in), unix.Close(p.out))
	})
}

func (p *poller) Wait(events []Event, d time.Duration) (n int, err error) {
	if err := p.call(func() error { p.inWait = true; return nil }); err != nil {
		return 0, err
	}
	n, err = p.wait(events, d)
	p.Lock()
	defer p.Unlock()
	p.inWait = false
	p.left.Broadcast()
	if p.closed {
		return 0, os.ErrClosed
	}
	return n, err
}

func (p *poller) wait(events []Event, d time.Duration) (n int, err error) {
	msec := -1
	if d == 0 {
		msec = 0
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(0, int64(d)))} // 0 disarms
	if err := unix.TimerfdSettime(p.clock, 0, &spec, nil); err != nil {
		return 0, err
	}
	raw := make([]unix.EpollEvent, len(events))
	got, err := unix.EpollWait(p.ep, raw, msec)
	for err == unix.EINTR {
		got, err = unix.EpollWait(p.ep, raw, msec)
	}
	if err != nil {
		return 0, err
	}
	for _, e := range raw[:got] {
		switch int(e.Fd) {
		case p.clock:
		case p.in:
			var buf [4096]byte
			for m, _ := unix.Read(p.in, buf[:]); m == len(buf); m, _ = unix.Read(p.in, buf[:]) {
			}
		default:
			bad := e.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0
			hup := e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP) != 0
			events[n] = Event{int(e.Fd), bad || hup || e.Events&unix.EPOLLIN != 0, bad || e.Events&unix.EPOLLOUT != 0, hup, e.Events&unix.EPOLLERR != 0}
			n++
		}
	}
	return n, nil
}

type owner struct {
	f    func(Event)
	gone bool
}

type alarm struct {
	at   time.Time
	f    func()
	over bool
}

type Loop struct {
	Poller
	owners map[int]*owner
	alarms []*alarm // sorted
	mu     sync.Mutex
	queue  []func()
}

func NewLoop(p Poller) *Loop { return &Loop{Poller: p, owners: map[int]*owner{}} }

func (l *Loop) Add(fd int, r, w bool, handle func(Event)) error {
	err := l.Poller.Add(fd, r, w)
	if err == nil {
		l.owners[fd] = &owner{f: handle}
	}
	return err
}

func (l *Loop) Del(fd int) error {
	if o := l.owners[fd]; o != nil {
		o.gone = true
	}
	delete(l.owners, fd)
	return l.Poller.Del(fd)
}

func (l *Loop) Post(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	l.mu.Unlock()
	l.Wake()
}

func (l *Loop) After(d time.Duration, f func()) (cancel func()) {
	a := &alarm{at: time.Now().Add(max(0, d)), f: f}
	i := slices.IndexFunc(l.alarms, func(other *alarm) bool { return other.at.After(a.at) })
	if i < 0 {
		i = len(l.alarms)
	}
	l.alarms = slices.Insert(l.alarms, i, a)
	return func() {
		a.over = true
		l.alarms = slices.DeleteFunc(l.alarms, func(other *alarm) bool { return other == a })
	}
}

func (l *Loop) Run(ctx context.Context) error {
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
			l.Wake()
		case <-ended:
		}
	}()
	defer func() {
		close(ended)
		<-watched
	}()
	var events [64]Event
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := l.Wait(events[:], l.patience())
		if err != nil {
			return err
		}
		for _, f := range l.collect(events[:n]) {
			f()
		}
	}
}

func (l *Loop) patience() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		return 0
	}
	if len(l.alarms) > 0 {
		return max(0, time.Until(l.alarms[0].at))
	}
	return -1
}

// collect returns all that is to be called in this turn.
func (l *Loop) collect(events []Event) []func() {
	l.mu.Lock()
	work := l.queue
	l.queue = nil
	l.mu.Unlock()
	for now := time.Now(); len(l.alarms) > 0 && !l.alarms[0].at.After(now); l.alarms = l.alarms[1:] {
		a := l.alarms[0]
		work = append(work, func() {
			if !a.over {
				a.f()
			}
		})
	}
	for _, e := range slices.Backward(events) { // in any order
		if o := l.owners[e.FD]; o != nil {
			work = append(work, func() {
				if !o.gone {
					o.f(e)
				}
			})
		}
	}
	return work
}

func Serve(p Poller, listenFD, stopFD int) error { return serve(p, listenFD, stopFD) }
