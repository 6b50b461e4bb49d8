package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// A screen is a standard output that a test can read while it is written.
type screen struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
	stuck   chan struct{} // nil, or a write waits until it is closed
}

func newScreen() *screen { return &screen{changed: make(chan struct{}, 1)} }

func (s *screen) Write(p []byte) (int, error) {
	if s.stuck != nil {
		<-s.stuck
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// A performance is a show that a test watches.
type performance struct {
	t      *testing.T
	screen *screen
	addr   string
	cancel context.CancelFunc // Ctrl-C
	again  chan struct{}      // is closed for Ctrl-C again
	ended  chan error
	over   bool // end has been called
}

// perform plays a program of an exercise. The input is what is typed.
func perform(t *testing.T, e *catalog.Exercise, c judge.Candidate, program *judge.Program, input io.Reader) *performance {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &performance{t: t, screen: newScreen(), addr: ln.Addr().String(), again: make(chan struct{}), ended: make(chan error, 1)}
	k := &kata{stdin: input, stdout: p.screen, stderr: p.screen, getenv: func(string) string { return "" }}
	ctx, cancel := context.WithCancel(t.Context())
	p.cancel = cancel
	s := k.newShow(ln, e, c)
	s.again = p.again
	go func() { p.ended <- s.run(ctx, program) }()
	t.Cleanup(func() {
		cancel()
		require.Empty(t, p.ended, "the test waits for the end")
		if t.Failed() {
			t.Log(p.screen)
		}
	})
	return p
}

// expect waits until the screen shows what the pattern matches.
func (p *performance) expect(pattern string) {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for !p.over && !re.MatchString(p.screen.String()) {
		select {
		case <-p.screen.changed:
		case err := <-p.ended:
			p.ended <- err
			require.Regexp(p.t, re, p.screen.String())
			return
		case <-time.After(time.Minute):
			require.Fail(p.t, "never seen: "+pattern)
		}
	}
	require.Regexp(p.t, re, p.screen.String())
}

// end waits for the end and returns kata's exit status.
func (p *performance) end() int {
	p.t.Helper()
	err := <-p.ended
	p.over = true
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	require.NoError(p.t, err)
	return exitOK
}

func (p *performance) dial() *net.TCPConn {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// talk sends a line and waits for it to come back.
func (p *performance) talk(c net.Conn, line string) {
	p.t.Helper()
	_, err := io.WriteString(c, line)
	require.NoError(p.t, err)
	back := make([]byte, len(line))
	_, err = io.ReadFull(c, back)
	require.NoError(p.t, err)
	require.Equal(p.t, line, string(back))
}

// find returns a loaded exercise of this repository.
func find(t *testing.T, name string) *catalog.Exercise {
	t.Helper()
	c, err := catalog.Open(".")
	require.NoError(t, err)
	e, err := c.Find(name)
	require.NoError(t, err)
	require.NoError(t, e.Load())
	return e
}

// built builds a candidate for as long as the test runs.
func built(t *testing.T, e *catalog.Exercise, c judge.Candidate) *judge.Program {
	t.Helper()
	program, err := judge.Build(t.Context(), e, c)
	require.NoError(t, err)
	t.Cleanup(program.Remove)
	return program
}

// serve plays an echo server with this body of Serve, and returns it once
// clients are asked in. Its imports are bufio, errors, fmt, net, os, os/exec.
func serve(t *testing.T, body string) *performance {
	t.Helper()
	p := serveEarly(t, body)
	p.expect(`your server\n|the reference\n`)
	return p
}

func serveEarly(t *testing.T, body string) *performance {
	t.Helper()
	t.Parallel()
	e, c := candidate(t, body)
	return perform(t, e, c, built(t, e, c), strings.NewReader(""))
}

func candidate(t *testing.T, body string) (*catalog.Exercise, judge.Candidate) {
	t.Helper()
	e := find(t, "echo")
	file := filepath.Join(t.TempDir(), e.Slug+".go")
	text := fmt.Sprintf(`package echo

import ("bufio"; "errors"; "fmt"; "net"; "os"; "os/exec")

var _ = []any{bufio.NewReader, errors.New, fmt.Sprint, os.Exit, exec.Command}

func ServeConn(net.Conn) (int64, error) { return 0, nil }
func RoundTrip(net.Conn, []byte) ([]byte, error) { return nil, nil }

func Serve(ln net.Listener) error {
%s
}
`, body)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	return e, judge.WrongOrRight(e, catalog.Variant{Name: "test", File: file})
}

// The line of serve's text that body begins in.
const bodyLine = 11

// accepts accepts one client and is to go on after it has sent a line.
const accepts = `c, err := ln.Accept()
	if err != nil { return err }
	defer c.Close()
	bufio.NewReader(c).ReadString('\n')
	`
