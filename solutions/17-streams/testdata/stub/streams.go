package streams

import (
	"context"
	"errors"
	"net"
)

// Errors of calls that read.
var (
	ErrLimit = errors.New("no separator within the limit")
	ErrBusy  = errors.New("another call is reading")
)

// Options are numbers of bytes up to 1 GB, with 0 < Limit and 0 <= Low <= High.
type Options struct {
	Limit int // at most so many bytes may come before a separator
	High  int // Drain waits if more than High bytes are queued ...
	Low   int // ... until at most Low are
}

// A Stream is a conn with a buffer for each direction; see the package comment.
type Stream struct {
	// TODO: what has arrived, what is queued, and who waits for what.
}

// New returns a Stream for c. It does not wait.
func New(c net.Conn, o Options) *Stream {
	// TODO: write this.
	return &Stream{}
}

// Read waits for bytes and reads up to len(p) of them into p. It returns how many. If
// p is empty, it does not wait. Once Read has returned, even with an error, p is the
// caller's alone.
func (s *Stream) Read(ctx context.Context, p []byte) (int, error) {
	// TODO: write this.
	return 0, errors.New("Read is not written yet")
}

// ReadLine is ReadUntil with the separator "\n".
func (s *Stream) ReadLine(ctx context.Context) ([]byte, error) {
	// TODO: write this.
	return nil, errors.New("ReadLine is not written yet")
}

// ReadUntil returns all bytes up to the next sep, and sep. An empty sep is an error.
// If more than Limit bytes come before sep, the error is ErrLimit, as soon as that is
// certain or when Limit+len(sep) bytes have arrived. If c ends between these two
// moments, io.ErrUnexpectedEOF is also right. ErrLimit takes nothing.
func (s *Stream) ReadUntil(ctx context.Context, sep []byte) ([]byte, error) {
	// TODO: write this.
	return nil, errors.New("ReadUntil is not written yet")
}

// ReadExactly returns the next n bytes; n may be above 2*Limit. If n is 0, it does not
// wait, and EOF is no error. A negative n is an error.
func (s *Stream) ReadExactly(ctx context.Context, n int) ([]byte, error) {
	// TODO: write this.
	return nil, errors.New("ReadExactly is not written yet")
}

// Write queues a copy of p; an empty p queues nothing. It never waits for the peer,
// however much is queued. After WriteEOF or Close it returns net.ErrClosed.
func (s *Stream) Write(p []byte) error {
	// TODO: write this.
	return errors.New("Write is not written yet")
}

// Drain returns nil at once if at most High bytes are queued. Otherwise it waits
// until at most Low are. It may go on waiting if a Write queues more before it looks.
// Any number of calls may wait.
func (s *Stream) Drain(ctx context.Context) error {
	// TODO: write this.
	return errors.New("Drain is not written yet")
}

// WriteEOF half-closes c, by its method CloseWrite() error, once everything queued is
// sent, but not if c.Write has failed. It does not wait for that. A second WriteEOF
// does nothing and is no error. If c has no such method, WriteEOF does nothing and
// returns errors.ErrUnsupported.
func (s *Stream) WriteEOF() error {
	// TODO: write this.
	return errors.New("WriteEOF is not written yet")
}

// Close closes c once everything queued is sent or c.Write has failed. It does not
// wait for that, and bytes that nobody has read do not delay it. Close returns nil
// and may be called again.
func (s *Stream) Close() error {
	// TODO: write this.
	return errors.New("Close is not written yet")
}

// Closed waits until Close has been called and c is closed. Then all goroutines of
// the Stream have ended, or are about to. Closed returns the error of the c.Write that
// failed, or nil if none has. It may be called repeatedly.
func (s *Stream) Closed(ctx context.Context) error {
	// TODO: write this.
	return errors.New("Closed is not written yet")
}
