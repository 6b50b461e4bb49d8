// Package envelope carries the messages of package remote over a Unix socket,
// with the descriptors that belong to them. It does not interpret values.
package envelope

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"socketkata/harness/descriptor"
)

// A Message is a call or the reply to one.
type Message struct {
	ID      uint64  `json:"id"`
	Reply   bool    `json:"reply,omitempty"`
	Name    string  `json:"name,omitempty"`    // of the function or method; "" calls the object itself
	Object  uint64  `json:"object,omitempty"`  // whose method; 0 for an exported function
	Values  []Value `json:"values,omitempty"`  // arguments or results
	Gives   []int   `json:"gives,omitempty"`   // in a call: which results are descriptors
	Back    []Value `json:"back,omitempty"`    // in a reply: each []byte argument as it is now, if it has changed
	Closed  []int   `json:"closed,omitempty"`  // in a reply: which of the call's loans the function closed
	Panic   *Value  `json:"panic,omitempty"`   // in a reply: what the function panicked with
	Goexit  bool    `json:"goexit,omitempty"`  // in a reply: the function ended its goroutine with runtime.Goexit
	Trouble string  `json:"trouble,omitempty"` // in a reply: why the call was not made, or has no results
	FDs     int     `json:"fds,omitempty"`     // how many descriptors belong to it; set by Send
}

// A Value is an argument or a result.
type Value struct {
	Kind string          `json:"k"`
	JSON json.RawMessage `json:"j,omitempty"`
	Data []byte          `json:"-"`           // travels after the JSON
	Size int             `json:"d,omitempty"` // of Data; set by Send
	ID   uint64          `json:"i,omitempty"` // of an object
	Home bool            `json:"h,omitempty"` // the object is the receiver's own
	Text string          `json:"t,omitempty"`
	List []Value         `json:"l,omitempty"`
}

// each calls f with every value of the message, in the same order on both
// ends.
func (m *Message) each(f func(*Value)) {
	var walk func(list []Value)
	walk = func(list []Value) {
		for i := range list {
			f(&list[i])
			walk(list[i].List)
		}
	}
	walk(m.Values)
	walk(m.Back)
	if m.Panic != nil {
		f(m.Panic)
		walk(m.Panic.List)
	}
}

// A Conn sends and receives messages. On the socket a message is the length of
// its JSON and that of its data, four bytes each, then the JSON, then the data
// of all its values one after the other. The descriptors come with the first
// byte.
type Conn struct {
	socket  *net.UnixConn
	sending sync.Mutex

	space []byte // for descriptors that arrive
	fds   []int  // that arrived and belong to a later message
}

// maxSize limits the JSON and the data of a message.
const maxSize = 256 << 20

// NewConn returns a Conn over the socket, which its Close closes.
func NewConn(socket *net.UnixConn) *Conn {
	return &Conn{socket: socket, space: make([]byte, descriptor.Space())}
}

// Close closes the socket. Receive fails from then on.
func (c *Conn) Close() error { return c.socket.Close() }

// Send sends a message with descriptors, and closes those. It may be called
// concurrently.
func (c *Conn) Send(m Message, fds []int) error {
	defer func() { closeAll(fds) }()
	m.FDs = len(fds)
	size := 0
	m.each(func(v *Value) { v.Size = len(v.Data); size += v.Size })
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	all := make([]byte, 0, 8+len(text)+size)
	all = binary.BigEndian.AppendUint32(all, uint32(len(text)))
	all = append(binary.BigEndian.AppendUint32(all, uint32(size)), text...)
	m.each(func(v *Value) { all = append(all, v.Data...) })
	c.sending.Lock()
	defer c.sending.Unlock()
	if len(fds) > 0 {
		n, err := descriptor.Write(c.socket, all[:1], fds)
		if err != nil {
			return err
		}
		// The receiver acts once it has the rest, and must not meet a second
		// copy: a listener that it closes is to refuse at once.
		closeAll(fds)
		all, fds = all[n:], nil
	}
	_, err = c.socket.Write(all)
	return err
}

func closeAll(fds []int) {
	for _, fd := range fds {
		descriptor.Close(fd)
	}
}

// A byteEnd is what a Conn receives from.
type byteEnd struct{ *Conn }

// Read reads bytes and keeps the descriptors that come with them.
func (c byteEnd) Read(p []byte) (int, error) {
	n, fds, err := descriptor.Read(c.socket, p, c.space)
	c.fds = append(c.fds, fds...)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

// Receive returns the next message and its descriptors, which are the caller's.
// One goroutine at a time may call it.
func (c *Conn) Receive() (m Message, fds []int, err error) {
	var head [8]byte
	if _, err := io.ReadFull(byteEnd{c}, head[:]); err != nil {
		return m, nil, err
	}
	size, data := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if size > maxSize || data > maxSize {
		return m, nil, fmt.Errorf("a message of %d bytes is too long", uint64(size)+uint64(data))
	}
	text := make([]byte, int(size)+int(data))
	if _, err := io.ReadFull(byteEnd{c}, text); err != nil {
		return m, nil, err
	}
	if err := json.Unmarshal(text[:size], &m); err != nil {
		return m, nil, fmt.Errorf("read a message: %w", err)
	}
	text = text[size:]
	fits := true
	m.each(func(v *Value) {
		if fits = fits && v.Size >= 0 && v.Size <= len(text); fits {
			v.Data, text = text[:v.Size:v.Size], text[v.Size:]
		}
	})
	if !fits {
		return m, nil, errors.New("a message lacks some of its bytes")
	}
	if m.FDs < 0 || m.FDs > len(c.fds) {
		return m, nil, errors.New("a message lacks its descriptors")
	}
	fds, c.fds = c.fds[:m.FDs:m.FDs], c.fds[m.FDs:]
	return m, fds, nil
}
