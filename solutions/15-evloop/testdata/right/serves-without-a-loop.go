//go:build linux || darwin

// The Loop waits without limit and has a timer of the runtime wake it; Serve needs
// no Loop: it walks through a list of the clients that have work.
package evloop

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

type Event struct {
	FD    int
	Read  bool
	Write bool
	Hup   bool
	Err   bool
}

type Poller interface {
	Add(fd int, r, w bool) error
	Mod(fd int, r, w bool) error
	Del(fd int) error
	Wait(events []Event, d time.Duration) (n int, err error)
	Wake() error
	Close() error
}

func New(edge bool) (Poller, error) { return newPoller(edge) }

type registration struct {
	handle func(Event)
	waits  uint64 // completed before Add
}

type task struct {
	due  time.Time
	call func()
}

type Loop struct {
	poller Poller
	table  sync.Map // of registration
	waits  uint64
	tasks  []*task // by the time of their After

	lock sync.Mutex
	jobs []func()
}

func NewLoop(p Poller) *Loop { return &Loop{poller: p} }

func (l *Loop) Add(fd int, r, w bool, handle func(Event)) error {
	if err := l.poller.Add(fd, r, w); err != nil {
		return err
	}
	l.table.Store(fd, registration{handle, l.waits})
	return nil
}

func (l *Loop) Mod(fd int, r, w bool) error { return l.poller.Mod(fd, r, w) }

func (l *Loop) Del(fd int) error {
	l.table.Delete(fd)
	return l.poller.Del(fd)
}

func (l *Loop) Post(f func()) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.jobs = append(l.jobs, f)
	l.poller.Wake()
}

func (l *Loop) After(d time.Duration, f func()) (cancel func()) {
	t := &task{time.Now().Add(max(d, 0)), f}
	l.tasks = append(l.tasks, t)
	return func() { l.remove(t) }
}

func (l *Loop) remove(t *task) (found bool) {
	i := slices.Index(l.tasks, t)
	if i >= 0 {
		l.tasks = slices.Delete(l.tasks, i, i+1)
	}
	return i >= 0
}

func (l *Loop) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { l.poller.Wake() })()
	alarm := time.AfterFunc(time.Hour, func() { l.poller.Wake() })
	defer alarm.Stop()
	buf := make([]Event, 1000)
	for ctx.Err() == nil {
		alarm.Stop()
		d := time.Duration(-1)
		due := slices.Clone(l.tasks)
		slices.SortStableFunc(due, func(a, b *task) int { return a.due.Compare(b.due) })
		if len(due) > 0 {
			if left := time.Until(due[0].due); left > 0 {
				alarm.Reset(left)
			} else {
				d = 0
			}
		}
		n, err := l.poller.Wait(buf, d) // a Post has left a Wake behind
		if err != nil {
			return err
		}
		l.turn(buf[:n], due)
	}
	return ctx.Err()
}

func (l *Loop) turn(events []Event, tasks []*task) {
	l.lock.Lock()
	jobs := l.jobs
	l.jobs = nil
	l.lock.Unlock()
	l.waits++
	for _, f := range jobs {
		f()
	}
	for _, t := range tasks {
		if !t.due.After(time.Now()) && l.remove(t) {
			t.call()
		}
	}
	for _, e := range events {
		if r, ok := l.table.Load(e.FD); ok && r.(registration).waits < l.waits {
			r.(registration).handle(e)
		}
	}
}

type guest struct {
	fd, from, to int // buf[from:to] is not sent
	buf          []byte
	again        bool // it is in the list of those with work
}

func Serve(p Poller, listenFD, stopFD int) (err error) {
	guests := map[int]*guest{}
	defer func() {
		p.Del(listenFD)
		p.Del(stopFD)
		for fd := range guests {
			p.Del(fd)
			unix.Close(fd)
		}
	}()
	if err := errors.Join(unix.SetNonblock(listenFD, true), p.Add(listenFD, true, false), p.Add(stopFD, true, false)); err != nil {
		return err
	}
	var work []*guest
	events := make([]Event, 50)
	for {
		d := time.Duration(-1)
		if len(work) > 0 {
			d = 0
		}
		n, err := p.Wait(events, d)
		if err != nil {
			return err
		}
		for _, e := range events[:n] {
			switch g := guests[e.FD]; {
			case e.FD == stopFD:
				return nil
			case e.FD == listenFD:
				if err := welcome(p, listenFD, guests); err != nil {
					return err
				}
			case g != nil && !g.again:
				g.again = true
				work = append(work, g)
			}
		}
		now := work
		work = nil
		for _, g := range now {
			g.again = false
			switch more, ok := g.step(p); {
			case !ok:
				p.Del(g.fd)
				unix.Close(g.fd)
				delete(guests, g.fd)
			case more:
				g.again = true
				work = append(work, g)
			}
		}
	}
}

func welcome(p Poller, listenFD int, guests map[int]*guest) error {
	for {
		fd, _, err := unix.Accept(listenFD)
		switch err {
		case nil:
			unix.CloseOnExec(fd)
			if errors.Join(unix.SetNonblock(fd, true), p.Add(fd, true, false)) != nil {
				unix.Close(fd)
				continue
			}
			guests[fd] = &guest{fd: fd}
		case unix.EAGAIN:
			return nil
		case unix.EINTR, unix.ECONNABORTED:
		default:
			return err
		}
	}
}

// step sends, reads once, and sends. It reports whether there is more to do
// without an event, and whether the conn lives.
func (g *guest) step(p Poller) (more, ok bool) {
	blocked := g.to > g.from
	if g.to == g.from {
		if g.buf == nil {
			g.buf = make([]byte, 5000)
		}
		n, err := unix.Read(g.fd, g.buf)
		switch {
		case n > 0:
			g.from, g.to = 0, n
		case err == unix.EAGAIN:
			g.buf = nil
			return false, true
		default:
			return false, false
		}
	}
	n, err := unix.Write(g.fd, g.buf[g.from:g.to])
	if n > 0 {
		g.from += n
	} else if err != unix.EAGAIN {
		return false, false
	}
	if is := g.to > g.from; is != blocked {
		return !is, p.Mod(g.fd, !is, is) == nil
	}
	return g.to == g.from, true
}
