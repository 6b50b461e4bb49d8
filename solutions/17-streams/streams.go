package streams

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
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
	c                             net.Conn
	o                             Options
	mu                            sync.Mutex // of all below
	arrived, room, work, progress sync.Cond  // for: the reading call, fill, send, Drain and Closed
	in, out                       buffer     // what has arrived; what is queued
	readErr, writeErr             error
	reading                       bool         // a call is reading
	need                          int          // so many bytes let that call return
	fin                           func() error // half-closes, if that is still to be done
	ended, closing, closed        bool         // WriteEOF was called; Close was; c is closed
}

// New returns a Stream for c. It does not wait.
func New(c net.Conn, o Options) *Stream {
	s := &Stream{c: c, o: o}
	s.arrived.L, s.room.L, s.work.L, s.progress.L = &s.mu, &s.mu, &s.mu, &s.mu
	go s.fill()
	go s.send()
	return s
}

// wait waits for a signal or the end of ctx.
func (s *Stream) wait(ctx context.Context, cond *sync.Cond) {
	defer context.AfterFunc(ctx, func() { s.mu.Lock(); cond.Broadcast(); s.mu.Unlock() })() // not before Wait
	cond.Wait()
}

// A buffer holds array[taken:].
type buffer struct {
	array []byte
	taken int
}

func (b *buffer) held() []byte { return b.array[b.taken:] }
func (b *buffer) len() int     { return len(b.held()) }

// tidy moves what is held to the front, if that is cheap: no more than was taken.
func (b *buffer) tidy() {
	if b.taken >= b.len() {
		b.array, b.taken = b.array[:copy(b.array, b.held())], 0
	}
}

// fill reads from c until an error, but not while nobody takes what has arrived.
func (s *Stream) fill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.readErr == nil && !s.closing {
		if s.in.len() > s.o.Limit && s.in.len() >= s.need {
			s.room.Wait()
			continue
		}
		s.in.tidy()
		room := max(2*s.o.Limit, s.need) - s.in.len()
		s.in.array = slices.Grow(s.in.array, min(room, 4096)) // Limit and n may be far larger than what comes
		used := len(s.in.array)
		free := s.in.array[used:min(cap(s.in.array), used+room)]
		s.mu.Unlock()
		n, err := s.c.Read(free)
		s.mu.Lock()
		s.in.array = s.in.array[:used+n] // even with an error
		s.readErr = err
		s.arrived.Broadcast()
	}
}

// take appends the next bytes to p. decide says how many: if it needs more than are
// held, the most that it may need.
func (s *Stream) take(ctx context.Context, p []byte, decide func(held []byte) (int, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading {
		return nil, ErrBusy
	}
	s.reading = true
	defer func() { s.reading, s.need = false, 0 }()
	for {
		n, err := decide(s.in.held())
		switch err = cmp.Or(s.refused(ctx, nil), err); {
		case err != nil:
			return nil, err
		case n <= s.in.len():
			return s.remove(p, n), nil
		case s.readErr == io.EOF && s.in.len() > 0:
			return s.remove(p, s.in.len()), io.ErrUnexpectedEOF
		case s.readErr != nil:
			return nil, s.readErr
		}
		s.need = n // it may be more than 2*Limit
		s.room.Signal()
		s.wait(ctx, &s.arrived)
	}
}

// refused returns why a call may not go on, if so.
func (s *Stream) refused(ctx context.Context, failed error) error {
	if s.closing {
		return net.ErrClosed
	}
	return cmp.Or(failed, ctx.Err())
}

// remove takes n bytes out of the buffer and appends them to p: fill moves what is in it.
func (s *Stream) remove(p []byte, n int) []byte {
	p = append(p, s.in.held()[:n]...)
	s.in.taken += n
	s.room.Signal()
	return p
}

// Read waits for bytes and reads up to len(p) of them into p. It returns how many. If
// p is empty, it does not wait. Once Read has returned, even with an error, p is the
// caller's alone.
func (s *Stream) Read(ctx context.Context, p []byte) (int, error) {
	got, err := s.take(ctx, p[:0], func(held []byte) (int, error) {
		return min(len(p), max(1, len(held))), nil
	})
	return len(got), err
}

// ReadLine is ReadUntil with the separator "\n".
func (s *Stream) ReadLine(ctx context.Context) ([]byte, error) {
	return s.ReadUntil(ctx, []byte{'\n'})
}

// ReadUntil returns all bytes up to the next sep, and sep. An empty sep is an error.
// If more than Limit bytes come before sep, the error is ErrLimit, as soon as that is
// certain or when Limit+len(sep) bytes have arrived. If c ends between these two
// moments, io.ErrUnexpectedEOF is also right. ErrLimit takes nothing.
func (s *Stream) ReadUntil(ctx context.Context, sep []byte) ([]byte, error) {
	if len(sep) == 0 {
		return nil, errors.New("read until: the separator is empty")
	}
	most, searched := s.o.Limit+len(sep), 0
	return s.take(ctx, nil, func(held []byte) (int, error) {
		held = held[:min(len(held), most)] // a separator behind it is too far away
		if i := bytes.Index(held[searched:], sep); i >= 0 {
			return searched + i + len(sep), nil
		}
		if len(held) == most {
			return 0, ErrLimit
		}
		searched = max(0, len(held)-len(sep)+1) // sep may have begun to arrive
		return most, nil
	})
}

// ReadExactly returns the next n bytes; n may be above 2*Limit. If n is 0, it does not
// wait, and EOF is no error. A negative n is an error.
func (s *Stream) ReadExactly(ctx context.Context, n int) ([]byte, error) {
	if n < 0 {
		return nil, fmt.Errorf("read exactly: %d bytes", n)
	}
	return s.take(ctx, nil, func([]byte) (int, error) { return n, nil })
}

// send sends what is queued, until Close or an error, and closes c.
func (s *Stream) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closing || s.out.len() > 0 {
		switch {
		case s.out.len() > 0:
			s.sendPiece()
		case s.fin != nil:
			s.mu.Unlock()
			s.fin() // set once, by WriteEOF
			s.mu.Lock()
			s.fin = nil
		default:
			s.work.Wait()
		}
	}
	s.mu.Unlock()
	s.c.Close() // also ends fill
	s.mu.Lock()
	s.closed = true
	s.progress.Broadcast()
}

func (s *Stream) sendPiece() {
	piece := s.out.held()[:min(s.out.len(), 64<<10)] // the count stands still during a Write
	s.mu.Unlock()
	n, err := s.c.Write(piece) // Write appends behind it meanwhile
	s.mu.Lock()
	s.out.taken += n
	s.out.tidy()
	if err != nil {
		s.writeErr, s.out, s.fin = err, buffer{}, nil // a FIN would tell that everything was sent
	}
	s.progress.Broadcast()
}

// Write queues a copy of p; an empty p queues nothing. It never waits for the peer,
// however much is queued. After WriteEOF or Close it returns net.ErrClosed.
func (s *Stream) Write(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refused(context.Background(), s.writeErr); err != nil {
		return err
	}
	if s.ended {
		return net.ErrClosed
	}
	s.out.array = append(s.out.array, p...)
	s.work.Signal()
	return nil
}

// Drain returns nil at once if at most High bytes are queued. Otherwise it waits
// until at most Low are. It may go on waiting if a Write queues more before it looks.
// Any number of calls may wait.
func (s *Stream) Drain(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for most := s.o.High; ; most = s.o.Low {
		if err := s.refused(ctx, s.writeErr); err != nil || s.out.len() <= most {
			return err
		}
		s.wait(ctx, &s.progress)
	}
}

// WriteEOF half-closes c, by its method CloseWrite() error, once everything queued is
// sent, but not if c.Write has failed. It does not wait for that. A second WriteEOF
// does nothing and is no error. If c has no such method, WriteEOF does nothing and
// returns errors.ErrUnsupported.
func (s *Stream) WriteEOF() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	half, ok := s.c.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	if err := s.refused(context.Background(), s.writeErr); err != nil || s.ended {
		return err
	}
	s.ended, s.fin = true, half.CloseWrite
	s.work.Signal()
	return nil
}

// Close closes c once everything queued is sent or c.Write has failed. It does not
// wait for that, and bytes that nobody has read do not delay it. Close returns nil
// and may be called again.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for _, waiting := range []*sync.Cond{&s.arrived, &s.room, &s.work, &s.progress} {
		waiting.Broadcast()
	}
	return nil
}

// Closed waits until Close has been called and c is closed. Then all goroutines of
// the Stream have ended, or are about to. Closed returns the error of the c.Write that
// failed, or nil if none has. It may be called repeatedly.
func (s *Stream) Closed(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed && ctx.Err() == nil {
		s.wait(ctx, &s.progress)
	}
	return cmp.Or(ctx.Err(), s.writeErr)
}
