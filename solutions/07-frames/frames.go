// Package frames puts messages with a type and a length in front on a stream,
// and finds them there again: the price feed of a stock exchange.
//
// A frame is a header of five bytes and a payload. The header holds the type in
// one byte and the length of the payload, without the header, in four: an
// unsigned number in network byte order, most significant byte first.
package frames

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrFrameTooLarge means that the payload of a frame has more bytes than its
// limit.
var ErrFrameTooLarge = errors.New("frame too large")

// headerSize is the number of bytes before the payload.
const headerSize = 5

// A Frame is one message. Its payload may be empty and may hold any bytes.
type Frame struct {
	Type    uint8
	Payload []byte
}

// WriteFrame writes one frame to w, in one Write. It returns the error of that
// Write, wrapped or as it is, even if w has taken the whole frame.
//
// If Write of w may be called concurrently, as that of a net.Conn, WriteFrame
// may be called concurrently, too: the frames do not interleave. A WriteFrame
// that is blocked in one conn does not block one for another conn.
//
// WriteFrame changes neither the payload nor the bytes behind it, up to its
// capacity, not even while it runs. It does not use the payload after it has
// returned. A payload that does not fit into the length, of 4 GiB or more, is
// ErrFrameTooLarge, wrapped or as it is, and nothing is written. No test needs
// as much memory.
func WriteFrame(w io.Writer, f Frame) error {
	if uint64(len(f.Payload)) > math.MaxUint32 {
		return fmt.Errorf("write frame: %d bytes: %w", len(f.Payload), ErrFrameTooLarge)
	}
	frame := make([]byte, 0, headerSize+len(f.Payload))
	frame = append(frame, f.Type)
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(f.Payload)))
	frame = append(frame, f.Payload...)
	if _, err := w.Write(frame); err != nil { // one Write: between two, another frame may be written
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// A Decoder finds the frames in a stream. It must not be used concurrently;
// different Decoders may be.
type Decoder struct {
	in     *bufio.Reader
	max    uint32
	header [headerSize]byte // here and not in Next, where each call would allocate it
	offset int64            // how many bytes of the stream precede the next frame
	err    error            // permanent
}

// NewDecoder returns a Decoder for the stream r. A payload has at most max bytes:
// 0 allows only empty ones, math.MaxUint32 all. NewDecoder itself does not read.
func NewDecoder(r io.Reader, max uint32) *Decoder {
	return &Decoder{in: bufio.NewReader(r), max: max}
}

// Next returns the next frame. Its payload belongs to the caller: later calls
// do not change it, and the caller may change it and append to it without an
// effect on other frames.
//
// Next returns a frame as soon as its last byte has arrived. It may read ahead,
// and keeps the bytes of later frames for later calls. Bytes that r returns
// together with an error come before that error. The errors of Next are
//
//   - io.EOF, only if the stream ends after a frame or is empty;
//   - io.ErrUnexpectedEOF, wrapped, if the stream ends within a frame;
//   - ErrFrameTooLarge, wrapped, as soon as a header has arrived whose length is
//     above max, whether or not a payload follows;
//   - any other error of r, wrapped or as it is.
//
// The text of the two wrapped errors names, in decimal, the byte of the stream
// at which the frame begins: how many bytes of the stream come before its
// header. It may name other numbers, too.
//
// After an error, a timeout or io.EOF included, every further call fails with
// the same error, as [errors.Is] compares it: Next no longer knows where a frame
// begins.
//
// A header is only a claim. The memory that a Decoder uses depends on the bytes
// that have arrived and that Next has not returned yet, not on the length that a
// header claims, nor on max. A buffer twice as large as the largest frame so far
// may stay.
//
// Next may start goroutines. Once every Read of r fails, all of them end, even
// if Next is not called again: none may wait for that call to hand over what it
// has read.
func (d *Decoder) Next() (Frame, error) {
	if d.err != nil {
		return Frame{}, d.err // reading on would take payload for a header
	}
	f, err := d.next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read frame at byte %d: %w", d.offset, err)
	}
	d.err = err
	d.offset += int64(headerSize + len(f.Payload))
	return f, err
}

// next reads one frame. Its error says io.EOF only if nothing of it has come.
func (d *Decoder) next() (Frame, error) {
	if _, err := io.ReadFull(d.in, d.header[:]); err != nil {
		return Frame{}, err
	}
	length := binary.BigEndian.Uint32(d.header[1:])
	if length > d.max { // as uint32: an int may be too small for it, and adding to it may overflow
		return Frame{}, fmt.Errorf("payload of %d bytes, with a limit of %d: %w", length, d.max, ErrFrameTooLarge)
	}
	payload, err := d.payload(length)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // ReadFull says EOF if it ends directly after what it read last
	}
	if err != nil {
		return Frame{}, err
	}
	return Frame{d.header[0], payload}, nil
}

// payload reads length bytes into memory of their own.
func (d *Decoder) payload(length uint32) ([]byte, error) {
	const atOnce = 4096 // trusted without having seen a byte
	var payload []byte
	for have := uint32(0); have < length; have = uint32(len(payload)) {
		more := min(length-have, max(have, atOnce)) // at most double: length is only a claim
		payload = append(payload, make([]byte, more)...)
		if _, err := io.ReadFull(d.in, payload[have:]); err != nil {
			return nil, err
		}
	}
	return payload, nil
}
