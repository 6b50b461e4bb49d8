// A queue is a slice under a condition variable. The writer takes all that waits
// and sends it in one Write. A member is dropped by the goroutine that notices first.

package chat

import (
	"bytes"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

const Refused = "* name refused\n"

type Hub struct {
	Queue        int
	WriteTimeout time.Duration
	MaxLine      int

	mu       sync.RWMutex
	over     bool
	listener net.Listener
	open     []*session
	named    map[string]*session
}

type session struct {
	hub  *Hub
	conn net.Conn
	name string // "" until it is a member
	gone bool   // it is no member any more, or never will be

	mu      sync.Mutex // of what follows; locked after hub.mu
	more    sync.Cond
	waiting [][]byte
	done    bool
}

func (h *Hub) Serve(ln net.Listener) error {
	defer ln.Close()
	h.mu.Lock()
	h.listener, h.named = ln, map[string]*session{}
	closed := h.over
	h.mu.Unlock()
	if closed {
		return nil
	}
	var running sync.WaitGroup
	c, err := ln.Accept()
	for ; err == nil; c, err = ln.Accept() {
		s := h.add(c)
		running.Add(2)
		go func() { defer running.Done(); s.receive() }()
		go func() { defer running.Done(); s.transmit() }()
	}
	h.mu.RLock()
	if h.over {
		err = nil
	}
	h.mu.RUnlock()
	h.Close()
	running.Wait()
	return err
}

func (h *Hub) add(c net.Conn) *session {
	s := &session{hub: h, conn: c}
	s.more.L = &s.mu
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = append(h.open, s)
	if h.over {
		s.end()
	}
	return s
}

func (h *Hub) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	if h.listener != nil {
		h.listener.Close()
	}
	for _, s := range h.open {
		s.end()
	}
	return nil
}

func (h *Hub) Who() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Sorted(maps.Keys(h.named))
}

// end makes both goroutines of a session stop.
func (s *session) end() {
	s.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	s.more.Signal()
}

// push adds a line, and reports false if there is no room.
func (s *session) push(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == s.hub.Queue {
		return false
	}
	s.waiting = append(s.waiting, []byte(line))
	s.more.Signal()
	return true
}

func (s *session) transmit() {
	for {
		s.mu.Lock()
		for len(s.waiting) == 0 && !s.done {
			s.more.Wait()
		}
		batch, done := bytes.Join(s.waiting, nil), s.done
		s.waiting = nil
		s.mu.Unlock()
		if done {
			return
		}
		s.conn.SetWriteDeadline(time.Now().Add(s.hub.WriteTimeout))
		if _, err := s.conn.Write(batch); err != nil {
			s.hub.remove(s)
			return
		}
	}
}

// spread gives a line to all but one, and drops those who have no room. The
// notices about them may find no room in turn, hence the outer loop.
func (h *Hub) spread(line string, except *session) {
	for texts := []string{line}; len(texts) > 0; texts = texts[1:] {
		for _, s := range h.named {
			if s != except && !s.push(texts[0]) {
				texts = append(texts, h.drop(s)...)
			}
		}
		except = nil
	}
}

// drop ends a membership and returns the notice about it, if one is due.
func (h *Hub) drop(s *session) (notice []string) {
	s.end()
	if !s.gone && s.name != "" {
		delete(h.named, s.name)
		notice = []string{"* " + s.name + " left\n"}
	}
	s.gone = true
	return notice
}

func (h *Hub) remove(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := slices.Index(h.open, s); i >= 0 {
		h.open = slices.Delete(h.open, i, i+1)
	}
	for _, notice := range h.drop(s) {
		h.spread(notice, nil)
	}
}

func (s *session) receive() {
	defer s.hub.remove(s)
	var pending []byte
	chunk := make([]byte, 512)
	for {
		n, err := s.conn.Read(chunk)
		pending = append(pending, chunk[:n]...)
		for {
			line, rest, found := bytes.Cut(pending, []byte("\n"))
			if !found {
				break
			}
			if s.handle(string(bytes.TrimSuffix(line, []byte("\r")))) != nil {
				return
			}
			pending = rest
		}
		if err != nil || len(pending) > s.hub.MaxLine+1 {
			return
		}
	}
}

var errOver = errors.New("membership is over")

func (s *session) handle(line string) error {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(line) > h.MaxLine || h.over || s.gone:
		return errOver
	case s.name != "":
		h.spread(s.name+": "+line+"\n", s)
	case !fine(line) || h.named[line] != nil:
		if !s.push(Refused) {
			return errOver
		}
	default:
		h.spread("* "+line+" joined\n", nil)
		s.name, h.named[line] = line, s
		if !s.push("* here: " + strings.Join(slices.Sorted(maps.Keys(h.named)), ", ") + "\n") {
			return errOver
		}
	}
	return nil
}

func fine(name string) bool {
	strange := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789")
	return strange == "" && name != "" && len(name) <= 16
}
