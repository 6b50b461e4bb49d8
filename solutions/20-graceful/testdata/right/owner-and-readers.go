// One goroutine owns all conns; each conn has a reader, and selects over its events, a timer and the stop. No locks, no read deadlines.

package graceful

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const Linger = time.Second

var ErrForced = errors.New("stop forced")

type Server struct {
	Handle                   func(ctx context.Context, request string) (answer string, err error)
	Idle, Read, Write, Grace time.Duration
	MaxLine                  int
}

// owner is what Run shares with the goroutines that it starts.
type owner struct {
	*Server
	ctx      context.Context // of Handle
	accepted chan net.Conn
	failed   chan error
	finished chan net.Conn
	stop     chan struct{} // closed when the stop begins
	over     chan struct{} // closed when Run returns
}

func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	handling, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	o := &owner{s, handling, make(chan net.Conn), make(chan error, 1), make(chan net.Conn), make(chan struct{}), make(chan struct{})}
	defer close(o.over)
	go o.accept(ln)

	conns := map[net.Conn]bool{}
	done := ctx.Done()
	var grace <-chan time.Time
	var reason, result error
	begin := func(err error) {
		done, reason = nil, err
		ln.Close()
		close(o.stop)
		timer := time.NewTimer(s.Grace)
		grace = timer.C
	}
	for accepting := true; accepting || len(conns) > 0 || reason == nil; {
		select {
		case c := <-o.accepted:
			conns[c] = true
			go o.serve(c)
		case c := <-o.finished:
			delete(conns, c)
		case err := <-o.failed:
			accepting = false
			if reason == nil {
				result = err
				begin(err)
			}
		case <-done:
			begin(context.Cause(ctx))
		case <-grace:
			for c := range conns {
				c.(interface{ SetLinger(int) error }).SetLinger(0)
				c.Close()
			}
			err := fmt.Errorf("%w: %w", ErrForced, reason)
			cancel(err)
			return err
		}
	}
	cancel(nil)
	return result
}

func (o *owner) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			o.failed <- err
			return
		}
		select {
		case o.accepted <- c:
		case <-o.over:
			c.Close()
		}
	}
}

// An event is what a reader has read: the begin of a request, or all of it, or
// too much.
type event struct {
	begins, tooLong bool
	line            string
}

func (o *owner) serve(c net.Conn) {
	events, quit := make(chan event), make(chan struct{})
	go o.read(c, events, quit)
	if o.converse(c, events) {
		c.(interface{ CloseWrite() error }).CloseWrite()
		for linger := time.After(Linger); events != nil; {
			select {
			case _, open := <-events:
				if !open {
					events = nil
				}
			case <-linger:
				events = nil
			}
		}
	}
	close(quit)
	c.Close()
	select {
	case o.finished <- c:
	case <-o.over:
	}
}

// converse reports whether the conn is to be ended by FIN.
func (o *owner) converse(c net.Conn, events <-chan event) bool {
	limit := time.NewTimer(o.Idle)
	defer limit.Stop()
	for {
		select {
		case <-o.stop:
			return true
		default: // a select takes any case that is ready
		}
		select {
		case <-o.stop:
			return true
		case <-limit.C:
			return true
		case e, open := <-events:
			switch {
			case !open, e.tooLong:
				return true
			case e.begins:
				limit.Reset(o.Read)
				continue
			}
			select {
			case <-o.stop:
				return true
			default:
			}
			answer, err := o.Handle(o.ctx, e.line)
			if err != nil {
				return true
			}
			c.SetWriteDeadline(time.Now().Add(o.Write))
			if _, err := c.Write([]byte(answer + "\n")); err != nil {
				return false
			}
			limit.Reset(o.Idle)
		}
	}
}

// read sends the events of a conn until it ends or quit is closed. What follows
// a request that is too long is read, too, and thrown away.
func (o *owner) read(c net.Conn, events chan<- event, quit <-chan struct{}) {
	defer close(events)
	in := bufio.NewReaderSize(c, o.MaxLine+1)
	send := func(e event) bool {
		select {
		case events <- e:
			return true
		case <-quit:
			return false
		}
	}
	for {
		if _, err := in.Peek(1); err != nil || !send(event{begins: true}) {
			return
		}
		line, err := in.ReadSlice('\n')
		if err == bufio.ErrBufferFull || len(line) > o.MaxLine+1 {
			send(event{tooLong: true})
			io.Copy(io.Discard, c)
			return
		}
		if err != nil || !send(event{line: string(line[:len(line)-1])}) {
			return
		}
	}
}
