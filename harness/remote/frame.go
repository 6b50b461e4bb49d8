package remote

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
)

// A frame is a message on its way: four bytes of length, then JSON. Its
// descriptors travel with the first byte.
const maxFrame = 256 << 20

// write sends a message, and closes the files that it carries.
func (e *End) write(m message) error {
	m.Files = len(m.files)
	defer func() {
		for _, f := range m.files {
			f.Close()
		}
	}()
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	frame := append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
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
	var head [4]byte
	var m message
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return m, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxFrame {
		return m, fmt.Errorf("a message of %d bytes is too long", size)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read a message: %w", err)
	}
	if m.Files < 0 || m.Files > len(r.files) {
		return m, fmt.Errorf("a message lacks its descriptors")
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
