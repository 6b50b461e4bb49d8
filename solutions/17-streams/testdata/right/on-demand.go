// A call that needs bytes reads the conn itself, and a deadline ends it. The
// goroutine that sends runs only while something is to be done.
package streams

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

var (
	ErrLimit = errors.New("no separator within the limit")
	ErrBusy  = errors.New("another call is reading")
)

type Options struct{ Limit, High, Low int }

type Stream struct {
	c    net.Conn
	o    Options
	over context.Context // done when Close is called
	end  context.CancelFunc

	reading sync.Mutex // of the three below
	buf     []byte
	readErr error

	mu      sync.Mutex
	pieces  [][]byte
	queued  int
	sending bool
	err     error
	fin     func() error
	ended   bool
	moved   chan struct{} // closed, and replaced, when something below changes
	closed  chan struct{}
}

func New(c net.Conn, o Options) *Stream {
	s := &Stream{c: c, o: o, moved: make(chan struct{}), closed: make(chan struct{})}
	s.over, s.end = context.WithCancel(context.Background())
	return s
}

// more reads once, at most up to what may be held.
func (s *Stream) more(ctx context.Context, need int) error {
	set := make(chan struct{}, 2)
	wake := func() { s.c.SetReadDeadline(time.Unix(1, 0)); set <- struct{}{} }
	stops := []func() bool{context.AfterFunc(ctx, wake), context.AfterFunc(s.over, wake)}
	p := make([]byte, min(max(2*s.o.Limit, need)-len(s.buf), 64<<10))
	n, err := s.c.Read(p)
	woken := false
	for _, stop := range stops {
		if !stop() {
			<-set
			woken = true
		}
	}
	s.buf = append(s.buf, p[:n]...)
	if woken {
		s.c.SetReadDeadline(time.Time{})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
	}
	return err
}

func (s *Stream) take(ctx context.Context, enough func(held []byte) (n, need int, err error)) ([]byte, error) {
	if !s.reading.TryLock() {
		return nil, ErrBusy
	}
	defer s.reading.Unlock()
	for {
		if s.over.Err() != nil {
			return nil, net.ErrClosed
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, need, err := enough(s.buf)
		switch {
		case err != nil:
			return nil, err
		case need <= len(s.buf):
			return s.cut(n), nil
		case s.readErr == io.EOF && len(s.buf) > 0:
			return s.cut(len(s.buf)), io.ErrUnexpectedEOF
		case s.readErr != nil:
			return nil, s.readErr
		}
		s.readErr = s.more(ctx, need)
	}
}

func (s *Stream) cut(n int) []byte {
	taken := bytes.Clone(s.buf[:n])
	s.buf = s.buf[n:]
	return taken
}

func (s *Stream) Read(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	got, err := s.take(ctx, func(held []byte) (int, int, error) { return min(len(held), len(p)), 1, nil })
	return copy(p, got), err
}

func (s *Stream) ReadLine(ctx context.Context) ([]byte, error) {
	return s.ReadUntil(ctx, []byte("\n"))
}

func (s *Stream) ReadUntil(ctx context.Context, sep []byte) ([]byte, error) {
	if len(sep) == 0 {
		return nil, errors.New("empty separator")
	}
	from := 0
	return s.take(ctx, func(held []byte) (int, int, error) {
		for ; from+len(sep) <= len(held) && from <= s.o.Limit; from++ {
			i := bytes.IndexByte(held[from:min(len(held), s.o.Limit+1)], sep[0])
			if i < 0 {
				from = min(len(held), s.o.Limit+1)
				break
			}
			if from += i; from+len(sep) > len(held) {
				break
			}
			if bytes.HasPrefix(held[from:], sep) {
				return from + len(sep), 0, nil
			}
		}
		if from > s.o.Limit {
			return 0, 0, fmt.Errorf("read until %q: %w", sep, ErrLimit)
		}
		return 0, max(len(held)+1, s.o.Limit+1), nil
	})
}

func (s *Stream) ReadExactly(ctx context.Context, n int) ([]byte, error) {
	if n < 0 {
		return nil, errors.New("negative count")
	}
	return s.take(ctx, func([]byte) (int, int, error) { return n, n, nil })
}

// work starts send unless it runs, and wakes all who wait. s.mu is locked.
func (s *Stream) work() {
	close(s.moved)
	s.moved = make(chan struct{})
	if !s.sending {
		s.sending = true
		go s.send()
	}
}

func (s *Stream) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pieces) > 0 || s.fin != nil {
		if len(s.pieces) == 0 {
			fin := s.fin
			s.fin = nil
			s.mu.Unlock()
			fin()
			s.mu.Lock()
			continue
		}
		piece := s.pieces[0]
		s.mu.Unlock()
		_, err := s.c.Write(piece)
		s.mu.Lock()
		if err != nil {
			s.err, s.pieces, s.queued, s.fin = err, nil, 0, nil
		} else {
			s.queued -= len(piece)
			s.pieces = s.pieces[1:]
		}
		close(s.moved)
		s.moved = make(chan struct{})
	}
	s.sending = false
	if s.over.Err() != nil {
		s.c.Close()
		close(s.closed)
	}
}

// refused returns why nothing more can be written. s.mu is locked.
func (s *Stream) refused() error {
	if s.over.Err() != nil {
		return net.ErrClosed
	}
	return s.err
}

func (s *Stream) Write(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refused(); err != nil {
		return err
	}
	if s.ended {
		return fmt.Errorf("write after the end: %w", net.ErrClosed)
	}
	for len(p) > 0 {
		n := min(len(p), 16<<10)
		s.pieces = append(s.pieces, bytes.Clone(p[:n]))
		s.queued += n
		p = p[n:]
	}
	s.work()
	return nil
}

func (s *Stream) Drain(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for limit := s.o.High; ; limit = s.o.Low {
		if ctx.Err() != nil {
			return fmt.Errorf("drain: %w", ctx.Err())
		}
		if err := s.refused(); err != nil || s.queued <= limit {
			return err
		}
		moved := s.moved
		s.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
}

func (s *Stream) WriteEOF() error {
	c, ok := s.c.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refused(); err != nil || s.ended {
		return err
	}
	s.ended, s.fin = true, c.CloseWrite
	s.work()
	return nil
}

func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over.Err() == nil {
		s.end()
		s.work()
	}
	return nil
}

func (s *Stream) Closed(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case <-s.closed:
		return s.err // nothing changes it any more
	case <-ctx.Done():
		return ctx.Err()
	}
}
