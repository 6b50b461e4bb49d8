// Package frames puts messages with a type and a length in front on a stream,
// and finds them there again: the price feed of a stock exchange.
//
// A frame is a header of five bytes and a payload. The header holds the type in
// one byte and the length of the payload, without the header, in four: an
// unsigned number in network byte order, most significant byte first.
package frames

import (
	"errors"
	"io"
)

// ErrFrameTooLarge means that the payload of a frame has more bytes than its
// limit.
var ErrFrameTooLarge = errors.New("frame too large")

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
	// TODO: write this.
	return errors.New("WriteFrame is not written yet")
}

// A Decoder finds the frames in a stream. It must not be used concurrently;
// different Decoders may be.
type Decoder struct {
	// TODO: what Next has to remember from one call to the next.
}

// NewDecoder returns a Decoder for the stream r. A payload has at most max bytes:
// 0 allows only empty ones, math.MaxUint32 all. NewDecoder itself does not read.
func NewDecoder(r io.Reader, max uint32) *Decoder {
	// TODO: write this.
	return &Decoder{}
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
	// TODO: write this.
	return Frame{}, errors.New("Next is not written yet")
}
