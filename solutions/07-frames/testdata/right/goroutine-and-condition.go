// A goroutine reads all that arrives, as far ahead as it can, and Next waits on a
// condition variable until that is a frame.

package frames

import (
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

var pool = sync.Pool{New: func() any { return new([]byte) }}

func WriteFrame(w io.Writer, f Frame) error {
	if uint64(len(f.Payload)) >= 1<<32 {
		return ErrFrameTooLarge
	}
	p := pool.Get().(*[]byte)
	defer pool.Put(p)
	*p = append((*p)[:0], f.Type)
	*p = binary.BigEndian.AppendUint32(*p, uint32(len(f.Payload)))
	*p = append(*p, f.Payload...)
	_, err := w.Write(*p)
	return err
}

type Decoder struct {
	r     io.Reader
	max   uint32
	start sync.Once
	off   int64
	err   error

	mu    sync.Mutex
	more  sync.Cond
	in    []byte // arrived, not returned
	inErr error  // comes after in
	stop  bool   // nobody wants more
}

func NewDecoder(r io.Reader, max uint32) *Decoder {
	d := &Decoder{r: r, max: max}
	d.more.L = &d.mu
	return d
}

func (d *Decoder) read() {
	chunk := make([]byte, 8<<10)
	for {
		n, err := d.r.Read(chunk)
		d.mu.Lock()
		stop := d.stop
		if !stop {
			d.in = append(d.in, chunk[:n]...)
			d.inErr = err
		}
		d.more.Signal()
		d.mu.Unlock()
		if err != nil || stop {
			return
		}
	}
}

// want waits until n bytes are there and returns them, or fewer and the error.
func (d *Decoder) want(n uint64) ([]byte, error) {
	for uint64(len(d.in)) < n && d.inErr == nil {
		d.more.Wait()
	}
	if uint64(len(d.in)) < n {
		return d.in, d.inErr
	}
	return d.in[:n], nil
}

func (d *Decoder) Next() (Frame, error) {
	d.start.Do(func() { go d.read() })
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return Frame{}, d.err
	}
	got, err := d.want(5)
	if err == nil {
		length := binary.BigEndian.Uint32(got[1:])
		if length > d.max {
			err = fmt.Errorf("byte %d: %w", d.off, ErrFrameTooLarge)
		} else if got, err = d.want(5 + uint64(length)); err == nil {
			f := Frame{Type: got[0], Payload: append([]byte{}, got[5:]...)}
			d.off += int64(len(got))
			d.in = d.in[len(got):]
			if len(d.in) == 0 {
				d.in = nil
			}
			return f, nil
		}
	}
	if err == io.EOF && len(got) > 0 {
		err = fmt.Errorf("byte %d: %w", d.off, io.ErrUnexpectedEOF)
	}
	d.err, d.stop, d.in = err, true, nil
	return Frame{}, err
}
