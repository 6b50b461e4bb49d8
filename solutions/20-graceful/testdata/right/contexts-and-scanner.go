// The stop and its force are contexts; each conn registers on the first, and sets its deadlines before it looks at it. A Scanner splits the requests.

package graceful

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const Linger = time.Second

var ErrForced = errors.New("stop forced")

type Server struct {
	Handle                   func(ctx context.Context, request string) (answer string, err error)
	Idle, Read, Write, Grace time.Duration
	MaxLine                  int
}

func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	stopping, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	forced, force := context.WithCancelCause(context.WithoutCancel(ctx))
	defer force(nil)

	var conns sync.WaitGroup
	var failure error
	conns.Add(1)
	go func() {
		defer conns.Done()
		for {
			c, err := ln.Accept()
			if err != nil {
				if stopping.Err() == nil {
					failure = err
				}
				stop(err)
				return
			}
			conns.Add(1)
			go func() {
				defer conns.Done()
				(&client{Server: s, conn: c, stopping: stopping, forced: forced}).serve()
			}()
		}
	}()

	<-stopping.Done()
	ln.Close()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		conns.Wait()
	}()
	select {
	case <-closed:
		return failure
	case <-time.After(s.Grace):
		err := errors.Join(ErrForced, context.Cause(stopping))
		force(err)
		return err
	}
}

// A client is one conn and the request that it is about to send.
type client struct {
	*Server
	conn             net.Conn
	stopping, forced context.Context
	begun            bool // the first byte of the request is there
}

func (c *client) serve() {
	defer c.conn.Close()
	defer context.AfterFunc(c.forced, func() {
		if tcp, ok := c.conn.(interface{ SetLinger(int) error }); ok {
			tcp.SetLinger(0)
		}
		c.conn.Close()
	})()
	if !c.answerAll() {
		return
	}
	c.conn.(interface{ CloseWrite() error }).CloseWrite()
	c.conn.SetReadDeadline(time.Now().Add(Linger))
	io.Copy(io.Discard, c.conn)
}

// answerAll returns false if an answer could not be sent.
func (c *client) answerAll() bool {
	woken := make(chan struct{})
	wake := context.AfterFunc(c.stopping, func() {
		defer close(woken)
		c.conn.SetReadDeadline(time.Unix(1, 0))
	})
	defer func() {
		if !wake() {
			<-woken // its deadline must not come after that of Linger
		}
	}()
	in := bufio.NewScanner(c.conn)
	in.Buffer(nil, c.MaxLine+2)
	in.Split(c.split)
	for c.limit(c.Idle) && in.Scan() && c.stopping.Err() == nil {
		if len(in.Bytes()) > c.MaxLine {
			break
		}
		answer, err := c.Handle(c.forced, in.Text())
		if err != nil {
			break
		}
		c.conn.SetWriteDeadline(time.Now().Add(c.Write))
		if _, err := io.WriteString(c.conn, answer+"\n"); err != nil {
			return false
		}
		c.begun = false
	}
	return true
}

// limit gives the next reads a time limit. It reports false at a stop: its
// deadline may have replaced the one that was to end a Read.
func (c *client) limit(d time.Duration) bool {
	c.conn.SetReadDeadline(time.Now().Add(d))
	return c.stopping.Err() == nil
}

var errStopped = errors.New("stopped")

// split is the Scanner's: it sees the first byte of a request.
func (c *client) split(data []byte, _ bool) (advance int, token []byte, err error) {
	if len(data) > 0 && !c.begun {
		c.begun = true
		if !c.limit(c.Read) {
			return 0, nil, errStopped
		}
	}
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	return 0, nil, nil
}
