package lines_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"time"

	lines "socketkata/exercises/06-lines"
	"socketkata/harness/peer"
)

// The limits of the server in these tests.
const (
	maxLine = 80
	idle    = 10 * time.Second
)

// server serves one client after another, until Serve returns an error. Its
// clients have more time than any step waits: these scripts are not about time.
func server(b *peer.Bench) *peer.Server {
	return b.Named("Serve").Serve(func(ln net.Listener) error {
		for {
			c, err := ln.Accept()
			if err != nil {
				return err
			}
			if err := lines.Serve(c, maxLine, 10*idle); err != nil {
				return err
			}
		}
	})
}

// serve calls Serve with one conn. The result is when Serve returned.
func serve(b *peer.Bench, c net.Conn) *peer.Call[at] {
	return peer.Start(b, "Serve", func() (at, error) {
		began := time.Now()
		err := lines.Serve(c, maxLine, idle)
		return at(time.Since(began)), err
	})
}

// at is when Serve returned, counted from its call.
type at time.Duration

func (t at) String() string { return time.Duration(t).String() + " after the call" }

// slowAnswers is a conn that takes 2s for each Write of the end of a line.
type slowAnswers struct{ net.Conn }

func (c slowAnswers) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("\n")) {
		<-time.After(2 * time.Second)
	}
	return c.Conn.Write(p)
}

// withoutCloseWrite hides what a conn has beyond net.Conn, as many wrappers do.
func withoutCloseWrite(c net.Conn) net.Conn { return struct{ net.Conn }{c} }

// An interrupted stream has parts, and ends for a while at each empty one.
type interrupted []string

func (r *interrupted) Read(p []byte) (int, error) {
	if len(*r) == 0 {
		return 0, io.EOF
	}
	part := (*r)[0]
	*r = (*r)[1:]
	if part == "" {
		return 0, io.EOF
	}
	return copy(p, part), nil
}

// reader returns a LineReader for a stream. It gives away nothing but Read.
func reader(r io.Reader, max int) *lines.LineReader {
	return lines.NewLineReader(struct{ io.Reader }{r}, max)
}

func readLine(b *peer.Bench, r *lines.LineReader) *peer.Call[[]byte] {
	return peer.Start(b, "ReadLine", r.ReadLine)
}

// expectLine checks the next line that ReadLine returns.
func expectLine(b *peer.Bench, reason string, r *lines.LineReader, want string) {
	b.Helper()
	got, err := readLine(b, r).Result(reason)
	b.NoError(reason, err)
	b.Equal(reason, want, got)
}

// skip drops the next n lines.
func skip(r *lines.LineReader, n int) error {
	for range n {
		if _, err := r.ReadLine(); err != nil {
			return err
		}
	}
	return nil
}

// bytesOf is a number of bytes of memory.
type bytesOf int64

func (n bytesOf) String() string { return fmt.Sprintf("%d MiB of memory", int64(n)>>20) }

// inUse returns how much memory this process uses after a garbage collection.
func inUse() bytesOf {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return bytesOf(m.HeapAlloc)
}
