// An answer is dropped if its client's queue is full.
//
// Seen: writers with a buffered channel and an empty default.
// Caught by: R14 (growth)
// Say: you keep reading and drop answers; do not read from a client that does not take its answers.

package chanmux

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

type Event struct {
	ID   int
	Line []byte
	Err  error
}

func Merge(ctx context.Context, conns ...net.Conn) <-chan Event {
	events := make(chan Event)
	var readers sync.WaitGroup
	for id, c := range conns {
		readers.Go(func() {
			defer context.AfterFunc(ctx, func() { c.SetReadDeadline(past) })()
			err := lines(c, id, func(e Event) error { return send(ctx, events, e) })
			send(ctx, events, Event{ID: id, Err: err})
		})
	}
	go func() {
		readers.Wait()
		close(events)
	}()
	return events
}

type Loop struct {
	Tick    time.Duration
	Ping    []byte
	OnEvent func(Event) []byte
	OnTick  func(now time.Time)
}

func (l *Loop) Run(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer ln.Close()
	defer cancel()

	accepted, ended := make(chan net.Conn), make(chan error, 1)
	all.Go(func() { ended <- accept(ctx, ln, accepted) })
	var tick <-chan time.Time
	if l.Tick > 0 {
		ticker := time.NewTicker(l.Tick)
		defer ticker.Stop()
		tick = ticker.C
	}
	requests := make(chan request)
	clients := map[int]*client{}
	for next := 0; ; {
		select {
		case c := <-accepted:
			guest := &client{id: next, conn: c, answer: make(chan []byte, 1)}
			clients[next] = guest
			next++
			all.Go(func() { guest.serve(ctx, requests) })
		case r := <-requests:
			l.event(r, clients)
		case now := <-tick:
			l.tick(now, clients, &all)
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

func (l *Loop) event(r request, clients map[int]*client) {
	r.from.spoke = true
	if r.event.Err != nil {
		delete(clients, r.event.ID)
	}
	r.from.answer <- l.OnEvent(r.event)
}

func (l *Loop) tick(now time.Time, clients map[int]*client, all *sync.WaitGroup) {
	for _, c := range clients {
		if len(l.Ping) == 0 {
			break
		}
		switch {
		case c.spoke:
			c.spoke, c.asked = false, false
		case c.asked:
			c.conn.SetDeadline(past)
		default:
			c.asked = true
			all.Go(func() { c.conn.Write(l.Ping) })
		}
	}
	if l.OnTick != nil {
		l.OnTick(now)
	}
}

func accept(ctx context.Context, ln net.Listener, accepted chan<- net.Conn) error {
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if send(ctx, accepted, c) != nil {
			c.Close()
			return nil
		}
	}
}

type client struct {
	id     int
	conn   net.Conn
	answer chan []byte

	spoke bool
	asked bool
}

type request struct {
	from  *client
	event Event
}

func (c *client) serve(ctx context.Context, requests chan<- request) {
	defer c.conn.Close()
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(past) })()
	queue, done := make(chan []byte, 64), make(chan struct{})
	go func() {
		defer close(done)
		for p := range queue {
			c.conn.Write(p)
		}
	}()
	defer func() {
		close(queue)
		<-done
	}()
	ask := func(e Event) error {
		if err := send(ctx, requests, request{c, e}); err != nil {
			return err
		}
		select {
		case answer := <-c.answer:
			if e.Err != nil {
				queue <- answer
				return nil
			}
			select {
			case queue <- answer:
			default:
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := lines(c.conn, c.id, ask)
	ask(Event{ID: c.id, Err: err})
}

func lines(c net.Conn, id int, each func(Event) error) error {
	in := bufio.NewScanner(c)
	for in.Scan() {
		if err := each(Event{ID: id, Line: bytes.Clone(in.Bytes())}); err != nil {
			return err
		}
	}
	return cmp.Or(in.Err(), io.EOF)
}

func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var past = time.Unix(1, 0)
