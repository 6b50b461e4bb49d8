// Merge is one reflect.Select over a channel per conn; its readers wake from Read now and then; the Loop has a queue with a sync.Cond.

package chanmux

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"reflect"
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
	events := make(chan Event)
	go func() {
		defer close(events)
		cases := make([]reflect.SelectCase, len(conns))
		for id, c := range conns {
			ch := make(chan Event, 1)
			go poll(ctx, id, c, ch)
			cases[id] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
		}
		for left := len(conns); left > 0; {
			i, v, ok := reflect.Select(cases)
			if !ok {
				cases[i].Chan = reflect.Value{} // never ready again
				left--
				continue
			}
			select {
			case events <- v.Interface().(Event):
			case <-ctx.Done():
			}
		}
	}()
	return events
}

func poll(ctx context.Context, id int, c net.Conn, to chan<- Event) {
	defer close(to)
	send := func(e Event) {
		select {
		case to <- e:
		case <-ctx.Done():
		}
	}
	var rest []byte
	buf := make([]byte, 1000)
	for ctx.Err() == nil {
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		n, err := c.Read(buf)
		rest = append(rest, buf[:n]...)
		for {
			line, more, ok := bytes.Cut(rest, []byte("\n"))
			if !ok || len(line) >= bufio.MaxScanTokenSize {
				break
			}
			send(Event{ID: id, Line: bytes.Clone(bytes.TrimSuffix(line, []byte("\r")))})
			rest = more
		}
		if len(rest) >= bufio.MaxScanTokenSize {
			rest, err = nil, bufio.ErrTooLong
		}
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if len(rest) > 0 {
			send(Event{ID: id, Line: rest})
		}
		send(Event{ID: id, Err: err})
		return
	}
}

type Loop struct {
	Tick    time.Duration
	Ping    []byte
	OnEvent func(Event) []byte
	OnTick  func(now time.Time)
}

// A mailbox is a queue with room for ten values.
type mailbox struct {
	mu     sync.Mutex
	change *sync.Cond
	work   []any
	closed bool
}

func newMailbox() *mailbox {
	m := new(mailbox)
	m.change = sync.NewCond(&m.mu)
	return m
}

// put waits for room and adds v. It returns false if the mailbox is closed.
func (m *mailbox) put(v any) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.work) >= 10 && !m.closed {
		m.change.Wait()
	}
	if m.closed {
		return false
	}
	m.work = append(m.work, v)
	m.change.Broadcast()
	return true
}

func (m *mailbox) get() (any, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.work) == 0 && !m.closed {
		m.change.Wait()
	}
	if m.closed {
		return nil, false
	}
	v := m.work[0]
	m.work[0] = nil // or the array would keep it, and its client
	m.work = m.work[1:]
	m.change.Broadcast()
	return v, true
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.change.Broadcast()
}

type visitor struct {
	id      int
	conn    net.Conn
	answers chan []byte
	heard   atomic.Pointer[time.Time]
	asked   time.Time
}

type said struct {
	by *visitor
	Event
}

func (l *Loop) Run(ctx context.Context, ln net.Listener) error {
	var (
		wg       sync.WaitGroup
		visitors = map[int]*visitor{}
		over     = make(chan struct{})
		box      = newMailbox()
		result   error
	)
	defer context.AfterFunc(ctx, box.close)()
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				box.put(err)
				return
			}
			if !box.put(c) {
				c.Close()
				return
			}
		}
	})
	if l.Tick > 0 {
		wg.Go(func() {
			for next := time.Now().Add(l.Tick); ; next = next.Add(l.Tick) {
				select {
				case <-time.After(time.Until(next)):
					box.put(next)
				case <-over:
					return
				}
			}
		})
	}
	number := 0
	for result == nil {
		v, ok := box.get()
		if !ok {
			break
		}
		switch v := v.(type) {
		case error:
			result = v
		case net.Conn:
			one := &visitor{id: number, conn: v, answers: make(chan []byte)}
			visitors[number] = one
			number++
			wg.Go(func() { one.talk(box, over) })
		case said:
			v.by.asked = time.Time{}
			if v.Err != nil {
				delete(visitors, v.by.id)
			}
			answer := l.OnEvent(v.Event)
			wg.Go(func() {
				select {
				case v.by.answers <- answer:
				case <-over:
				}
			})
		case time.Time:
			l.beat(v, visitors, &wg)
		}
	}
	close(over)
	box.close()
	ln.Close()
	for _, v := range visitors {
		v.conn.Close()
	}
	wg.Wait()
	for _, v := range box.work { // values that were never received
		if c, ok := v.(net.Conn); ok {
			c.Close()
		}
	}
	if errors.Is(result, net.ErrClosed) {
		return nil
	}
	return result
}

func (l *Loop) beat(now time.Time, visitors map[int]*visitor, wg *sync.WaitGroup) {
	for _, v := range visitors {
		heard := v.heard.Load()
		switch {
		case len(l.Ping) == 0, heard != nil && now.Sub(*heard) < l.Tick:
		case !v.asked.IsZero():
			v.conn.SetDeadline(time.Unix(1, 0))
		default:
			v.asked = now
			wg.Go(func() { v.conn.Write(l.Ping) })
		}
	}
	if l.OnTick != nil {
		l.OnTick(now)
	}
}

func (v *visitor) talk(box *mailbox, over <-chan struct{}) {
	gone := make(chan struct{})
	defer close(gone)
	defer v.conn.Close()
	go func() {
		select {
		case <-over:
			v.conn.Close()
		case <-gone:
		}
	}()
	in := bufio.NewScanner(v.conn)
	var err error
	ask := func(e Event) bool {
		now := time.Now()
		v.heard.Store(&now)
		if !box.put(said{v, e}) {
			return false
		}
		select {
		case answer := <-v.answers:
			_, err = v.conn.Write(answer)
			return err == nil
		case <-over:
			return false
		}
	}
	for in.Scan() {
		if !ask(Event{ID: v.id, Line: []byte(in.Text())}) {
			break
		}
	}
	ask(Event{ID: v.id, Err: cmp.Or(err, in.Err(), io.EOF)})
}
