// io.ReadAll of an io.LimitReader reads the payload, and the frames are written
// from a pool of buffers.

package frames

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

var ErrFrameTooLarge = errors.New("frame too large")

type Frame struct {
	Type    uint8
	Payload []byte
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

func WriteFrame(w io.Writer, f Frame) error {
	if int64(len(f.Payload)) > 0xFFFFFFFF {
		return fmt.Errorf("%d bytes: %w", len(f.Payload), ErrFrameTooLarge)
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = append((*buf)[:0], f.Type, 0, 0, 0, 0)
	binary.BigEndian.PutUint32((*buf)[1:], uint32(len(f.Payload)))
	*buf = append(*buf, f.Payload...)
	_, err := w.Write(*buf)
	return err
}

type Decoder struct {
	in  *bufio.Reader
	max uint32
	pos int64
	err error
}

func NewDecoder(r io.Reader, max uint32) *Decoder {
	return &Decoder{in: bufio.NewReaderSize(r, 64<<10), max: max}
}

func (d *Decoder) Next() (Frame, error) {
	var f Frame
	if d.err == nil {
		f, d.err = d.frame()
	}
	return f, d.err
}

func (d *Decoder) frame() (Frame, error) {
	head, err := d.in.Peek(5)
	if err == io.EOF && len(head) > 0 {
		err = fmt.Errorf("byte %d: %w", d.pos, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return Frame{}, err
	}
	kind, n := head[0], int64(binary.BigEndian.Uint32(head[1:]))
	if n > int64(d.max) {
		return Frame{}, fmt.Errorf("byte %d: %w", d.pos, ErrFrameTooLarge)
	}
	d.in.Discard(5)
	payload, err := io.ReadAll(io.LimitReader(d.in, n))
	if err != nil {
		return Frame{}, err
	}
	if int64(len(payload)) < n {
		return Frame{}, fmt.Errorf("byte %d: %w", d.pos, io.ErrUnexpectedEOF)
	}
	d.pos += 5 + n
	return Frame{kind, payload}, nil
}
