// Package chat is a chat room for the drivers of a bus depot: what one of them
// says, all the others read, and nobody waits for one that does not read.
package chat

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Refused answers a name that is invalid or taken.
const Refused = "* name refused\n"

// A Hub is one chat room. Set its fields before you call its first method, and
// do not copy it after that. Its methods may be called concurrently.
type Hub struct {
	// Queue is how many lines may wait for one member, at least 1; the list and the
	// notices count, too. One more drops the member; that line still goes to all
	// others. Lines in a Write that has begun may count as waiting or not.
	Queue int

	// WriteTimeout, which is positive, is how long a Write to a member may take,
	// however many lines it carries. After that the member is dropped. It may limit
	// Refused, too.
	WriteTimeout time.Duration

	// MaxLine is how many bytes a line may have, without its line ending: at
	// least 16, because a name is a line.
	MaxLine int

	mu      sync.Mutex // never held while a conn is read or written
	closed  bool
	ln      net.Listener
	conns   map[net.Conn]struct{} // of all clients, with or without a name
	members map[string]*member
}

// A member is a client that has a name.
type member struct {
	name  string
	conn  net.Conn
	queue chan []byte // sent to and closed only under mu, by which members has it
}

// Serve accepts clients from ln and lets them chat. Call it once. Conns are comparable.
// When Accept fails or Close is called, it sends nothing more, closes ln and every client's
// conn, and waits until all goroutines that it started have ended. It returns nil after
// Close, even if Close came first, and otherwise the error of Accept, wrapped or unchanged.
//
// Clients send lines, which end with "\n" or "\r\n"; every other byte belongs to
// its line. A client's first line is its name: 1 to 16 bytes, a to z or 0 to 9.
// If the name is invalid, or a member has it, the client gets Refused, and its
// next line is a name again. Otherwise the client becomes a member, say ben, and
// first gets "* here: anna, ben, carol\n": the names of all members, its own
// included, sorted as slices.Sort does. The other members get "* ben joined\n".
// From then on each line of ben's, such as "late", goes to all other members, as
// "ben: late\n".
//
// Membership ends with the client's stream (FIN, RST or any other error), with a
// line that is too long, or when the member is dropped. The hub closes the conn, even
// during a Write to it, and the other members get "* ben left\n", once, in either
// order; the name is free when they get it. Lines before a FIN are passed on, but no
// last line without line ending. What waits for the client may be lost, and its latest
// lines if it resets or is dropped. A client without a name leaves without a notice.
//
// A line is too long when MaxLine+1 bytes and a line ending have arrived, or
// MaxLine+2 bytes without one; the hub may act as soon as that is certain. It ends a
// client without a name, too. The client is told nothing.
//
// A member is dropped if more than Queue lines wait for it, if a Write to it
// takes WriteTimeout, or if one fails. No member ever waits for another client.
//
// Each other member gets ben's lines in the order in which they were sent: after a
// list with ben or "* ben joined", and before "* ben left".
func (h *Hub) Serve(ln net.Listener) error {
	var clients sync.WaitGroup
	defer clients.Wait()
	defer h.Close() // after an error of Accept, too: the room ends with its listener
	for h.watch(ln) {
		c, err := ln.Accept()
		if err != nil {
			return h.unlessClosed(err)
		}
		if !h.add(c) { // Accept may return a conn that it got just before Close
			c.Close()
			break
		}
		clients.Go(func() { h.talk(c) })
	}
	return nil
}

// Close closes the listener and the conns of all clients, and Serve returns nil.
// Close may return before that is done. It sends nothing: no notices, and not what
// waits for members. Close always returns nil, even if called twice; it has a
// result so that Hub is an io.Closer.
func (h *Hub) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if h.ln != nil {
		h.ln.Close()
	}
	for c := range h.conns {
		c.Close() // wakes a blocked Read, and a blocked Write, too
	}
	return nil
}

// Who returns the names of all members, sorted as slices.Sort does, in a slice of
// the caller's own. Before Serve is called and after it has returned there are
// none.
func (h *Hub) Who() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.names()
}

func (h *Hub) names() []string {
	names := make([]string, 0, len(h.members))
	for name := range h.members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// watch prepares for the next Accept. It returns false once Close was called.
func (h *Hub) watch(ln net.Listener) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ln == nil {
		h.ln = ln
		h.conns = make(map[net.Conn]struct{})
		h.members = make(map[string]*member)
	}
	return !h.closed
}

func (h *Hub) unlessClosed(err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	return fmt.Errorf("chat: %w", err)
}

// add registers c so that Close closes it. It returns false after Close.
func (h *Hub) add(c net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.conns[c] = struct{}{}
	}
	return !h.closed
}

// forget is the end of every client.
func (h *Hub) forget(c net.Conn) {
	c.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
}

// talk serves one client: it reads, and a second goroutine writes.
func (h *Hub) talk(c net.Conn) {
	defer h.forget(c)
	in := bufio.NewReaderSize(c, h.MaxLine+len("\r\n"))
	m, err := h.askName(c, in)
	if err != nil {
		return
	}
	var writing sync.WaitGroup
	writing.Go(func() { h.deliver(m) })
	for {
		line, err := h.readLine(in)
		if err != nil {
			break
		}
		h.say(m, line)
	}
	h.leave(m) // first: a client that sees its conn end finds the name free
	c.Close()  // wakes deliver if its Write is blocked
	writing.Wait()
}

var errTooLong = errors.New("line too long")

// readLine returns the next line. It is valid until the next call.
func (h *Hub) readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n') // fails if the buffer is full: that is the limit
	if err != nil {
		return nil, err // with the bytes of a line without its ending, which is no line
	}
	line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
	if len(line) > h.MaxLine {
		return nil, errTooLong
	}
	return line, nil
}

// askName reads names until one is accepted.
func (h *Hub) askName(c net.Conn, in *bufio.Reader) (*member, error) {
	for {
		line, err := h.readLine(in)
		if err != nil {
			return nil, err
		}
		if m := h.join(c, string(line)); m != nil {
			return m, nil
		}
		if err := h.write(c, []byte(Refused)); err != nil {
			return nil, err
		}
	}
}

// join makes a member of a client. It returns nil if the name is refused. To
// look at the members, to list them and to tell them is one step: between two
// steps somebody else could join or leave.
func (h *Hub) join(c net.Conn, name string) *member {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.members[name] != nil || !valid(name) {
		return nil
	}
	m := &member{name: name, conn: c, queue: make(chan []byte, h.Queue)}
	h.tell(fmt.Appendf(nil, "* %s joined\n", name), nil)
	h.members[name] = m
	m.queue <- fmt.Appendf(nil, "* here: %s\n", strings.Join(h.names(), ", "))
	return m
}

func valid(name string) bool {
	for _, b := range []byte(name) {
		if !('a' <= b && b <= 'z' || '0' <= b && b <= '9') {
			return false
		}
	}
	return 1 <= len(name) && len(name) <= 16
}

// say passes a line of m's on to all others.
func (h *Hub) say(m *member, line []byte) {
	message := slices.Concat([]byte(m.name), []byte(": "), line, []byte("\n")) // a copy: the next line overwrites this one
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tell(message, m)
}

// leave ends a membership. It is called once for each member, by the goroutine
// that reads: whatever else ends a member closes its conn, and so ends the Read.
func (h *Hub) leave(m *member) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.members, m.name)
	close(m.queue)
	h.tell(fmt.Appendf(nil, "* %s left\n", m.name), nil)
}

// tell queues a line for all members except one. It writes to no conn: that can
// take long, and mu is held.
func (h *Hub) tell(line []byte, except *member) {
	for _, m := range h.members {
		if m == except {
			continue
		}
		select {
		case m.queue <- line:
		default:
			m.conn.Close() // its reader notices, and calls leave when mu is free
		}
	}
}

// deliver writes what is queued for m, until m has left or a Write fails.
func (h *Hub) deliver(m *member) {
	for line := range m.queue {
		if h.write(m.conn, line) != nil {
			m.conn.Close() // its reader notices
			return
		}
	}
}

// write sends one line, in one Write. The deadline is for writing alone: a
// member may be silent as long as it likes.
func (h *Hub) write(c net.Conn, line []byte) error {
	c.SetWriteDeadline(time.Now().Add(h.WriteTimeout))
	_, err := c.Write(line)
	return err
}
