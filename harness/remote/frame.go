package remote

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// A frame is a message on its way: the length of the JSON and that of the
// bytes behind it, four bytes each, the JSON, and the bytes of all values one
// after the other. Descriptors travel with the first byte.
const maxFrame = 256 << 20

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

// write sends a message, and closes the files that it carries.
func (e *End) write(m message) error {
	m.Files = len(m.files)
	defer func() {
		for _, f := range m.files {
			f.Close()
		}
	}()
	size := 0
	m.each(func(v *value) { v.Size = len(v.Data); size += v.Size })
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	frame := make([]byte, 0, 8+len(text)+size)
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(text)))
	frame = append(binary.BigEndian.AppendUint32(frame, uint32(size)), text...)
	m.each(func(v *value) { frame = append(frame, v.Data...) })
	e.writing.Lock()
	defer e.writing.Unlock()
	n := 0
	if len(m.files) > 0 {
		if n, err = sendFiles(e.conn, frame, m.files); err != nil {
			return err
		}
	}
	_, err = e.conn.Write(frame[n:])
	return err
}

// A reader takes messages from a conn.
type reader struct {
	conn  *net.UnixConn
	files []*os.File // arrived and not yet claimed by a message
}

func newReader(conn *net.UnixConn) *reader { return &reader{conn: conn} }

// Read reads bytes, and keeps the descriptors that come along.
func (r *reader) Read(p []byte) (int, error) {
	n, files, err := receiveFiles(r.conn, p)
	r.files = append(r.files, files...)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

func (r *reader) next() (message, error) {
	var head [8]byte
	var m message
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return m, err
	}
	size, data := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if size > maxFrame || data > maxFrame {
		return m, fmt.Errorf("a message of %d bytes is too long", uint64(size)+uint64(data))
	}
	text := make([]byte, int(size)+int(data))
	if _, err := io.ReadFull(r, text); err != nil {
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
	if m.Files < 0 || m.Files > len(r.files) {
		return m, errors.New("a message lacks its descriptors")
	}
	m.files, r.files = r.files[:m.Files:m.Files], r.files[m.Files:]
	return m, nil
}

// takeFile takes the next descriptor of a message.
func takeFile(files *[]*os.File) *os.File {
	if files == nil || len(*files) == 0 {
		return nil
	}
	f := (*files)[0]
	*files = (*files)[1:]
	return f
}
