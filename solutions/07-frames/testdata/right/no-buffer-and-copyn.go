// Reads exactly what is missing, with io.CopyN into a bytes.Buffer, and builds
// frames with binary.Write.

package frames

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var ErrFrameTooLarge = errors.New("frame too large")

type Frame struct {
	Type    uint8
	Payload []byte
}

type head struct {
	Type   uint8
	Length uint32
}

func WriteFrame(w io.Writer, f Frame) error {
	if uint64(len(f.Payload)) >= 1<<32 {
		return ErrFrameTooLarge
	}
	var out bytes.Buffer
	binary.Write(&out, binary.BigEndian, head{f.Type, uint32(len(f.Payload))})
	out.Write(f.Payload)
	_, err := out.WriteTo(w)
	return err
}

type Decoder struct {
	r      io.Reader
	max    uint32
	pos    uint64
	failed error
}

func NewDecoder(r io.Reader, max uint32) *Decoder { return &Decoder{r: r, max: max} }

func (d *Decoder) Next() (f Frame, err error) {
	if d.failed != nil {
		return Frame{}, d.failed
	}
	defer func() { d.failed = err }()
	var h head
	if err := binary.Read(d.r, binary.BigEndian, &h); err == io.EOF {
		return Frame{}, err
	} else if err != nil {
		return Frame{}, fmt.Errorf("%w in the header at byte %d", err, d.pos)
	}
	if h.Length > d.max {
		return Frame{}, fmt.Errorf("%w: %d bytes, at byte %d", ErrFrameTooLarge, h.Length, d.pos)
	}
	var payload bytes.Buffer
	switch _, err := io.CopyN(&payload, d.r, int64(h.Length)); err {
	case nil:
	case io.EOF:
		return Frame{}, fmt.Errorf("%w after %d bytes of payload, in the frame at byte %d", io.ErrUnexpectedEOF, payload.Len(), d.pos)
	default:
		return Frame{}, err
	}
	d.pos += 5 + uint64(h.Length)
	return Frame{h.Type, payload.Bytes()}, nil
}
