package remote

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
)

// A message is a call or the reply to one.
type message struct {
	ID      uint64  `json:"id"`
	Reply   bool    `json:"reply,omitempty"`
	Name    string  `json:"name,omitempty"`    // of the function or method; "" calls the object itself
	Object  uint64  `json:"object,omitempty"`  // whose method; 0 for an exported function
	Values  []value `json:"values,omitempty"`  // arguments or results
	Gives   []int   `json:"gives,omitempty"`   // in a call: which results are descriptors
	Back    []value `json:"back,omitempty"`    // in a reply: each []byte argument, as it is now
	Closed  []int   `json:"closed,omitempty"`  // in a reply: which of the call's loans the function closed
	Panic   *value  `json:"panic,omitempty"`   // in a reply: what the function panicked with
	Trouble string  `json:"trouble,omitempty"` // in a reply: why the call was not made, or has no results
	FDs     int     `json:"fds,omitempty"`     // descriptors that come along

	cargo cargo
}

// An envelope is a message in bytes: the length of its JSON and that of the
// data, four bytes each, then the JSON, then the data of all its values one
// after the other. Descriptors travel with the first byte.
const maxEnvelope = 256 << 20

// each calls f with every value of the message that has bytes, in the same
// order on both ends.
func (m *message) each(f func(*value)) {
	var walk func(list []value)
	walk = func(list []value) {
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

// write sends a message, and closes the descriptors that it carries.
func (e *End) write(m message) error {
	m.FDs = len(m.cargo.fds)
	defer m.cargo.drop()
	size := 0
	m.each(func(v *value) { v.Size = len(v.Data); size += v.Size })
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	envelope := make([]byte, 0, 8+len(text)+size)
	envelope = binary.BigEndian.AppendUint32(envelope, uint32(len(text)))
	envelope = append(binary.BigEndian.AppendUint32(envelope, uint32(size)), text...)
	m.each(func(v *value) { envelope = append(envelope, v.Data...) })
	e.writing.Lock()
	defer e.writing.Unlock()
	n := 0
	if m.FDs > 0 {
		if n, err = sendFDs(e.conn, envelope, m.cargo.fds); err != nil {
			return err
		}
		// The receiver acts once it has the rest, and must not meet a second
		// copy: a listener that it closes is to refuse at once.
		m.cargo.drop()
	}
	_, err = e.conn.Write(envelope[n:])
	return err
}

// An inbox takes messages from a conn.
type inbox struct {
	conn *net.UnixConn
	fds  []int // arrived and not yet claimed by a message
}

// Read reads bytes, and keeps the descriptors that come along.
func (in *inbox) Read(p []byte) (int, error) {
	n, fds, err := receiveFDs(in.conn, p)
	in.fds = append(in.fds, fds...)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

func (in *inbox) next() (message, error) {
	var head [8]byte
	var m message
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return m, err
	}
	size, data := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if size > maxEnvelope || data > maxEnvelope {
		return m, fmt.Errorf("a message of %d bytes is too long", uint64(size)+uint64(data))
	}
	text := make([]byte, int(size)+int(data))
	if _, err := io.ReadFull(in, text); err != nil {
		return m, err
	}
	if err := json.Unmarshal(text[:size], &m); err != nil {
		return m, fmt.Errorf("read a message: %w", err)
	}
	text = text[size:]
	fits := true
	m.each(func(v *value) {
		if fits = fits && v.Size >= 0 && v.Size <= len(text); fits {
			v.Data, text = text[:v.Size:v.Size], text[v.Size:]
		}
	})
	if !fits {
		return m, errors.New("a message lacks some of its bytes")
	}
	if m.FDs < 0 || m.FDs > len(in.fds) {
		return m, errors.New("a message lacks its descriptors")
	}
	m.cargo.fds, in.fds = in.fds[:m.FDs:m.FDs], in.fds[m.FDs:]
	return m, nil
}
