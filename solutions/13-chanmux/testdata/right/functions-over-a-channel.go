// The owner runs functions that other goroutines send it; each client has a reader and a writer,
// and a mutex is held during each Write.

package chanmux

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

type Event struct {
	ID   int
	Line []byte
	Err  error
}

func Merge(ctx context.Context, conns ...net.Conn) <-chan Event {
	events, over := make(chan Event), make(chan struct{})
	var left atomic.Int64
	left.Store(int64(len(conns)))
	if len(conns) == 0 {
		close(events)
		return events
	}
	go func() {
		select {
		case <-over:
		case <-ctx.Done():
			for _, c := range conns {
				c.SetReadDeadline(time.Now())
			}
		}
	}()
	for id, c := range conns {
		go func() {
			defer func() {
				if left.Add(-1) == 0 {
					close(events)
					close(over)
				}
			}()
			in := bufio.NewReaderSize(c, bufio.MaxScanTokenSize)
			for {
				line, err := readLine(in)
				if ctx.Err() != nil {
					return
				}
				if len(line) > 0 || err == nil {
					select {
					case events <- Event{ID: id, Line: line}:
					case <-ctx.Done():
						return
					}
				}
				if err == nil {
					continue
				}
				select {
				case events <- Event{ID: id, Err: err}:
				case <-ctx.Done():
				}
				return
			}
		}()
	}
	return events
}

func readLine(in *bufio.Reader) ([]byte, error) {
	part, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, bufio.ErrTooLong
	}
	line := append([]byte{}, part...)
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	return line, err
}

type Loop struct {
	Tick    time.Duration
	Ping    []byte
	OnEvent func(Event) []byte
	OnTick  func(now time.Time)
}

const room = 16

type guest struct {
	id     int
	conn   net.Conn
	out    chan []byte
	slots  chan struct{}
	quiet  atomic.Int64
	closed atomic.Bool
	mu     sync.Mutex
}

type owner struct {
	*Loop
	ctx    context.Context
	cancel context.CancelCauseFunc
	do     chan func()
	guests map[int]*guest
	next   int
	wg     sync.WaitGroup
}

var errOver = errors.New("over")

func (l *Loop) Run(ctx context.Context, ln net.Listener) error {
	inner, cancel := context.WithCancelCause(ctx)
	o := &owner{Loop: l, ctx: inner, cancel: cancel, do: make(chan func()), guests: map[int]*guest{}}
	o.wg.Go(func() { o.accept(ln) })
	if l.Tick > 0 {
		o.wg.Go(o.ticks)
	}
	for inner.Err() == nil {
		select {
		case f := <-o.do:
			f()
		case <-inner.Done():
		}
	}
	cancel(errOver)
	ln.Close()
	for _, g := range o.guests {
		g.conn.Close()
	}
	o.wg.Wait()
	if err := context.Cause(inner); ctx.Err() == nil && !errors.Is(err, errOver) {
		return err
	}
	return nil
}

func (o *owner) post(f func()) bool {
	select {
	case o.do <- f:
		return true
	case <-o.ctx.Done():
		return false
	}
}

func (o *owner) ticks() {
	ticker := time.NewTicker(o.Tick)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			o.post(func() { o.tick(now) })
		case <-o.ctx.Done():
			return
		}
	}
}

func (o *owner) tick(now time.Time) {
	if o.OnTick != nil {
		o.OnTick(now)
	}
	for _, g := range o.guests {
		if len(o.Ping) == 0 || g.closed.Load() {
			continue
		}
		quiet := g.quiet.Add(1)
		if quiet == 2 {
			o.wg.Go(func() { g.ping(o.Ping) })
		}
		if quiet > 2 {
			g.conn.SetDeadline(time.Now())
		}
	}
}

func (g *guest) ping(p []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed.Load() {
		g.conn.Write(p)
	}
}

func (g *guest) send(p []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conn.Write(p)
}

func (o *owner) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			o.cancel(errOver)
			return
		}
		if err != nil {
			o.cancel(err)
			return
		}
		if !o.post(func() { o.welcome(c) }) {
			c.Close()
			return
		}
	}
}

func (o *owner) welcome(c net.Conn) {
	g := &guest{id: o.next, conn: c, out: make(chan []byte, room), slots: make(chan struct{}, room)}
	g.quiet.Store(1)
	o.guests[g.id] = g
	o.next++
	o.wg.Go(func() { o.read(g) })
	o.wg.Go(func() { o.write(g) })
}

func (o *owner) read(g *guest) {
	in := bufio.NewReaderSize(g.conn, bufio.MaxScanTokenSize)
	for {
		line, err := readLine(in)
		if len(line) > 0 || err == nil {
			if !o.event(g, Event{ID: g.id, Line: line}) {
				return
			}
		}
		if err != nil {
			o.event(g, Event{ID: g.id, Err: err})
			return
		}
	}
}

func (o *owner) event(g *guest, e Event) bool {
	g.quiet.Store(0)
	select {
	case g.slots <- struct{}{}:
	case <-o.ctx.Done():
		return false
	}
	return o.post(func() {
		g.out <- o.OnEvent(e)
		if e.Err != nil {
			g.closed.Store(true)
			close(g.out)
		}
	})
}

func (o *owner) write(g *guest) {
	for {
		select {
		case p, ok := <-g.out:
			if !ok {
				g.conn.Close()
				o.post(func() { delete(o.guests, g.id) })
				return
			}
			g.send(p)
			select {
			case <-g.slots:
			default:
			}
		case <-o.ctx.Done():
			return
		}
	}
}
