// One slice holds what has been read and not returned. Next parses it, and
// reads more if a frame is not complete.

package frames

import (
	"errors"
	"fmt"
	"io"
)

var ErrFrameTooLarge = errors.New("frame too large")

type Frame struct {
	Type    uint8
	Payload []byte
}

func WriteFrame(w io.Writer, f Frame) error {
	n := len(f.Payload)
	if uint64(n)>>32 != 0 {
		return ErrFrameTooLarge
	}
	b := make([]byte, 5+n)
	b[0], b[1], b[2], b[3], b[4] = f.Type, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	copy(b[5:], f.Payload)
	n, err := w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

type Decoder struct {
	r    io.Reader
	max  uint32
	left []byte
	at   int64
	err  error
	dead bool
}

func NewDecoder(r io.Reader, max uint32) *Decoder { return &Decoder{r: r, max: max} }

func (d *Decoder) Next() (Frame, error) {
	for !d.dead {
		if f, ok := d.parse(); ok {
			return f, nil
		}
		if d.err != nil {
			d.dead = true
		} else {
			d.read()
		}
	}
	if d.err == io.EOF && len(d.left) > 0 {
		d.err = fmt.Errorf("frame at byte %d: %w", d.at, io.ErrUnexpectedEOF)
	}
	return Frame{}, d.err
}

func (d *Decoder) parse() (Frame, bool) {
	if len(d.left) < 5 {
		return Frame{}, false
	}
	b := d.left
	length := uint32(b[1])<<24 + uint32(b[2])<<16 + uint32(b[3])<<8 + uint32(b[4])
	if length > d.max {
		d.err = fmt.Errorf("frame at byte %d has a payload of %d bytes: %w", d.at, length, ErrFrameTooLarge)
		return Frame{}, false
	}
	if uint64(length) > uint64(len(b)-5) {
		return Frame{}, false
	}
	f := Frame{Type: b[0], Payload: append([]byte{}, b[5:5+length]...)}
	d.left = b[5+length:]
	d.at += 5 + int64(length)
	return f, true
}

func (d *Decoder) read() {
	var p [2048]byte
	n, err := d.r.Read(p[:])
	d.left = append(d.left, p[:n]...)
	d.err = err
}
