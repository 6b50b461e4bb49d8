// One goroutine owns all state. The others send it requests, and it is the only
// one that sends to the members' channels.

package chat

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"
)

const Refused = "* name refused\n"

type Hub struct {
	Queue        int
	WriteTimeout time.Duration
	MaxLine      int

	once     sync.Once
	stop     sync.Once
	requests chan func(*state) // run one by one by the owner
	started  chan struct{}     // the owner runs
	closing  chan struct{}     // Close was called, or Accept failed
	finish   chan struct{}     // no client is left
	ended    chan struct{}     // the owner runs no more
}

// state belongs to the owner alone.
type state struct {
	members map[string]*client
	order   []*client
}

type client struct {
	name string
	conn net.Conn
	out  chan string
}

func (h *Hub) init() {
	h.once.Do(func() {
		h.requests = make(chan func(*state))
		for _, c := range []*chan struct{}{&h.started, &h.closing, &h.finish, &h.ended} {
			*c = make(chan struct{})
		}
	})
}

func (h *Hub) Serve(ln net.Listener) error {
	h.init()
	var all sync.WaitGroup
	close(h.started)
	go h.own()
	all.Go(func() {
		<-h.closing
		ln.Close()
	})
	var err error
	for {
		var c net.Conn
		if c, err = ln.Accept(); err != nil {
			break
		}
		all.Go(func() { h.serve(c) })
	}
	if h.isClosing() {
		err = nil
	}
	h.Close()
	all.Wait()
	close(h.finish)
	<-h.ended
	return err
}

func (h *Hub) own() {
	defer close(h.ended)
	s := &state{members: map[string]*client{}}
	for {
		select {
		case request := <-h.requests:
			request(s)
		case <-h.finish:
			return
		}
	}
}

// do has the owner run f, and returns when it has.
func (h *Hub) do(f func(*state)) {
	done := make(chan struct{})
	select {
	case h.requests <- func(s *state) { f(s); close(done) }:
		<-done
	case <-h.ended:
	}
}

func (h *Hub) Close() error {
	h.init()
	h.stop.Do(func() { close(h.closing) })
	return nil
}

func (h *Hub) isClosing() bool {
	select {
	case <-h.closing:
		return true
	default:
		return false
	}
}

func (h *Hub) Who() (names []string) {
	h.init()
	select {
	case <-h.started:
		h.do(func(s *state) { names = s.names() })
	default:
	}
	return names
}

func (s *state) names() (names []string) {
	for name := range s.members {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (s *state) broadcast(text string, except *client) {
	for _, c := range s.order {
		if c == except {
			continue
		}
		select {
		case c.out <- text:
		default:
			c.conn.Close()
		}
	}
}

var validName = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

func (h *Hub) serve(conn net.Conn) {
	gone := make(chan struct{})
	var others sync.WaitGroup
	defer others.Wait()
	defer close(gone)
	defer conn.Close()
	others.Go(func() {
		select {
		case <-h.closing:
			conn.Close()
		case <-gone:
		}
	})
	in := bufio.NewScanner(conn)
	in.Buffer(make([]byte, h.MaxLine+2), h.MaxLine+2)
	in.Split(h.split)
	c := h.enter(conn, in)
	if c == nil {
		return
	}
	others.Go(func() { c.write(h.WriteTimeout) })
	for in.Scan() {
		text := c.name + ": " + in.Text() + "\n"
		h.do(func(s *state) { s.broadcast(text, c) })
	}
	h.do(func(s *state) { h.exit(s, c) })
}

// exit runs in the owner.
func (h *Hub) exit(s *state, c *client) {
	delete(s.members, c.name)
	for i, other := range s.order {
		if other == c {
			s.order = append(s.order[:i:i], s.order[i+1:]...)
			break
		}
	}
	close(c.out)
	if !h.isClosing() {
		s.broadcast("* "+c.name+" left\n", nil)
	}
}

func (h *Hub) enter(conn net.Conn, in *bufio.Scanner) *client {
	for in.Scan() {
		c := &client{name: in.Text(), conn: conn}
		if validName.MatchString(c.name) {
			h.do(func(s *state) {
				if s.members[c.name] != nil {
					return
				}
				c.out = make(chan string, h.Queue)
				s.members[c.name] = c
				c.out <- "* here: " + strings.Join(s.names(), ", ") + "\n"
				s.broadcast("* "+c.name+" joined\n", nil)
				s.order = append(s.order, c)
			})
		}
		if c.out != nil {
			return c
		}
		if _, err := io.WriteString(conn, Refused); err != nil {
			return nil
		}
	}
	return nil
}

var errLong = errors.New("line too long")

// split is a bufio.SplitFunc.
func (h *Hub) split(data []byte, _ bool) (int, []byte, error) {
	i := bytes.IndexByte(data, '\n')
	if i < 0 {
		if len(data) >= h.MaxLine+2 {
			return 0, nil, errLong
		}
		return 0, nil, nil
	}
	line := bytes.TrimSuffix(data[:i], []byte{'\r'})
	if len(line) > h.MaxLine {
		return 0, nil, errLong
	}
	return i + 1, line, nil
}

// write gives each line a timer instead of a deadline.
func (c *client) write(timeout time.Duration) {
	for text := range c.out {
		late := time.AfterFunc(timeout, func() { c.conn.Close() })
		_, err := io.WriteString(c.conn, text)
		late.Stop()
		if err != nil {
			c.conn.Close()
			return
		}
	}
}
