//go:build unix

package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// The functions below are the subject. They run in a process that is this test
// binary again.

var errOwn = errors.New("an error of the package")

var shared = map[string]error{"errOwn": errOwn}

func echo(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		io.Copy(c, c)
		c.Close()
	}
}

// wild returns a conn whose Read returns more than there is room for.
func wild() net.Conn { return wildConn{} }

type wildConn struct{ net.Conn }

func (wildConn) LocalAddr() net.Addr        { return nil }
func (wildConn) RemoteAddr() net.Addr       { return nil }
func (wildConn) Read(p []byte) (int, error) { return len(p) + 1, nil }

func fill(p []byte) int { return copy(p, "hello") }

func writeTo(w io.Writer, p []byte) (int, error) { return w.Write(p) }

func timed(ln net.Listener) bool {
	_, ok := ln.(interface{ SetDeadline(time.Time) error })
	return ok
}

func relay(c net.Conn) (int64, error) {
	n, err := io.Copy(c, c)
	return n, errors.Join(err, c.(interface{ CloseWrite() error }).CloseWrite())
}

func abort(c net.Conn) error {
	return errors.Join(c.(interface{ SetLinger(sec int) error }).SetLinger(0), c.Close())
}

func await(ctx context.Context) error {
	derived, cancel := context.WithCancel(ctx)
	defer cancel()
	<-derived.Done()
	return derived.Err()
}

func numbers(n int) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range n {
			c <- i
		}
	}()
	return c
}

func failing(kind string) error {
	switch kind {
	case "own":
		return fmt.Errorf("wrapped: %w", errOwn)
	case "refused":
		_, err := net.Dial("tcp", "127.0.0.1:1")
		return err
	case "line":
		return errors.Join(io.ErrUnexpectedEOF, bufio.ErrTooLong)
	}
	return nil
}

func pass(err error) (error, bool) {
	return fmt.Errorf("passed on: %w", err), errors.Is(err, syscall.EMFILE)
}

type counter struct {
	Step int
	Log  func(format string, args ...any)

	n int
}

func (c *counter) Add() int {
	c.n += c.Step
	c.Log("%d after %s", c.n, time.Second)
	return c.n
}

type keyType struct{}

func inside(ctx context.Context, f func(context.Context) error) error {
	return f(context.WithValue(ctx, keyType{}, "here"))
}

func isInside(ctx context.Context) bool { return ctx.Value(keyType{}) == "here" }

// leaves reports whether f ends its goroutine.
func leaves(f func()) (left bool) {
	ended := make(chan struct{})
	left = true
	go func() {
		defer close(ended)
		f()
		left = false
	}()
	<-ended
	return left
}

func closes(fd int) { syscall.Close(fd) }

func keeps(int) {}

func crash() { panic("index out of range") }
