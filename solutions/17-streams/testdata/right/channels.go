// No locks: one goroutine reads and passes on chunks, one writes pieces, and one
// owns the queue and runs the commands that come over a channel.
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
	"sync/atomic"
)

var ErrLimit, ErrBusy = errors.New("too far away"), errors.New("busy")

type Options struct{ Limit, High, Low int }

type Stream struct {
	c              net.Conn
	o              Options
	reading        atomic.Bool
	chunks, pieces chan []byte
	ended          chan struct{} // closed after readErr is set
	readErr        error
	held           bytes.Buffer

	commands chan func()
	results  chan error
	over     context.Context // done when the owner has run Close
	end      func()
	gone     chan struct{} // closed by the owner at its end

	queue          [][]byte
	queued         int
	err            error
	fin            func() error
	busy, finished bool
	waiting        []chan error
}

func New(c net.Conn, o Options) *Stream {
	s := &Stream{c: c, o: o, chunks: make(chan []byte), ended: make(chan struct{}),
		commands: make(chan func()), pieces: make(chan []byte), results: make(chan error, 1),
		gone: make(chan struct{})}
	s.over, s.end = context.WithCancel(context.Background())
	go s.read()
	go s.write()
	go s.own()
	return s
}

func (s *Stream) read() {
	defer close(s.ended)
	for {
		p := make([]byte, max(1, min(s.o.Limit/3, 64<<10)))
		n, err := s.c.Read(p)
		if n > 0 {
			select {
			case s.chunks <- p[:n]:
			case <-s.over.Done():
				return
			}
		}
		if err != nil {
			s.readErr = err
			return
		}
	}
}

// gather adds a chunk to what is held until done says that it is enough.
func (s *Stream) gather(ctx context.Context, done func() (bool, error)) error {
	if !s.reading.CompareAndSwap(false, true) {
		return ErrBusy
	}
	defer s.reading.Store(false)
	for {
		if ctx.Err() != nil || s.over.Err() != nil {
			return cmp.Or(ctx.Err(), net.ErrClosed)
		}
		if enough, err := done(); enough || err != nil {
			return err
		}
		select {
		case p := <-s.chunks:
			s.held.Write(p)
		case <-ctx.Done():
		case <-s.over.Done():
		case <-s.ended:
			if s.readErr == io.EOF && s.held.Len() > 0 {
				return io.ErrUnexpectedEOF
			} else if s.readErr != nil {
				return s.readErr
			}
		}
	}
}

func (s *Stream) Read(ctx context.Context, p []byte) (n int, err error) {
	err = s.gather(ctx, func() (bool, error) {
		n = copy(p, s.held.Next(len(p)))
		return n > 0 || len(p) == 0, nil
	})
	return n, err
}

func (s *Stream) ReadLine(ctx context.Context) ([]byte, error) {
	return s.ReadUntil(ctx, []byte{'\n'})
}

func (s *Stream) ReadUntil(ctx context.Context, sep []byte) (line []byte, err error) {
	seen := 0
	err = s.gather(ctx, func() (bool, error) {
		if len(sep) == 0 {
			return false, errors.New("no separator")
		}
		b := s.held.Bytes()
		b = b[:min(len(b), s.o.Limit+len(sep))]
		i := bytes.Index(b[seen:], sep)
		switch {
		case i >= 0:
			line = bytes.Clone(s.held.Next(seen + i + len(sep)))
			return true, nil
		case len(b) == s.o.Limit+len(sep):
			return false, ErrLimit
		}
		seen = max(seen, len(b)-len(sep)+1)
		return false, nil
	})
	return s.rest(line, err)
}

func (s *Stream) ReadExactly(ctx context.Context, n int) (p []byte, err error) {
	err = s.gather(ctx, func() (bool, error) {
		if n < 0 {
			return false, errors.New("a negative number of bytes")
		} else if s.held.Len() >= n {
			p = bytes.Clone(s.held.Next(n))
		}
		return p != nil || n == 0, nil
	})
	return s.rest(p, err)
}

func (s *Stream) rest(p []byte, err error) ([]byte, error) {
	if err == io.ErrUnexpectedEOF {
		p = bytes.Clone(s.held.Next(s.held.Len()))
	}
	return p, err
}

func (s *Stream) write() {
	for p := range s.pieces {
		var err error
		if p == nil {
			s.fin()
		} else {
			_, err = s.c.Write(p)
		}
		s.results <- err
	}
}

// own runs commands and feeds write, until Close was called and the queue is empty.
func (s *Stream) own() {
	for {
		var next []byte // nil for the half-close
		if len(s.queue) > 0 {
			next = s.queue[0]
		}
		out := s.pieces
		if s.busy || next == nil && (s.fin == nil || s.finished) {
			out = nil
		}
		if s.over.Err() != nil && !s.busy && out == nil {
			close(s.pieces)
			s.c.Close()
			close(s.gone)
			return
		}
		select {
		case f := <-s.commands:
			f()
		case out <- next:
			s.busy = true
			s.finished = s.finished || next == nil
		case err := <-s.results:
			s.wrote(err)
		}
	}
}

func (s *Stream) wrote(err error) {
	s.busy = false
	if err != nil {
		s.err, s.queue, s.queued, s.fin = err, nil, 0, nil
	} else if len(s.queue) > 0 {
		s.queued -= len(s.queue[0])
		s.queue = s.queue[1:]
	}
	if s.queued <= s.o.Low {
		s.wake(s.err)
	}
}

func (s *Stream) wake(err error) {
	for ; len(s.waiting) > 0; s.waiting = s.waiting[1:] {
		s.waiting[0] <- err
	}
}

// do has the owner run f. A closed Stream runs nothing.
func (s *Stream) do(f func() error) error {
	result := make(chan error, 1)
	command := func() {
		switch {
		case s.over.Err() != nil:
			result <- net.ErrClosed
		case s.err != nil:
			result <- s.err
		default:
			result <- f()
		}
	}
	select {
	case s.commands <- command:
		return <-result
	case <-s.gone:
		return net.ErrClosed
	}
}

func (s *Stream) Write(p []byte) error {
	p = bytes.Clone(p)
	return s.do(func() error {
		if s.fin != nil {
			return net.ErrClosed
		}
		s.queued += len(p)
		s.queue = slices.AppendSeq(s.queue, slices.Chunk(p, 32<<10))
		return nil
	})
}

func (s *Stream) Drain(ctx context.Context) error {
	done := make(chan error, 1)
	err := cmp.Or(ctx.Err(), s.do(func() error {
		s.waiting = append(s.waiting, done)
		if s.queued <= s.o.High {
			done <- nil
			s.waiting = s.waiting[:len(s.waiting)-1]
		}
		return nil
	}))
	if err != nil {
		return err
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return err
}

func (s *Stream) WriteEOF() error {
	return s.do(func() error {
		half, ok := s.c.(interface{ CloseWrite() error })
		if !ok {
			return fmt.Errorf("%T: %w", s.c, errors.ErrUnsupported)
		} else if s.fin == nil { // write may be calling it
			s.fin = half.CloseWrite
		}
		return nil
	})
}

func (s *Stream) Close() error {
	done := make(chan struct{})
	select {
	case s.commands <- func() { s.end(); s.wake(net.ErrClosed); close(done) }:
		<-done
	case <-s.gone:
	}
	return nil
}

func (s *Stream) Closed(ctx context.Context) error {
	if ctx.Err() == nil {
		select {
		case <-s.gone:
			return s.err
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}
