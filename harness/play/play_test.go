package play

import (
	"bytes"
	"context"
	"errors"
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
	"socketkata/harness/terminal"
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
func perform(t *testing.T, e *catalog.Exercise, c judge.Candidate, program *judge.Program, input io.Reader, change ...func(*show)) *performance {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &performance{t: t, screen: newScreen(), addr: ln.Addr().String(), again: make(chan struct{}), ended: make(chan error, 1)}
	o := Options{Screen: &terminal.Screen{Out: p.screen, Err: p.screen}, Input: input}
	ctx, cancel := context.WithCancel(t.Context())
	p.cancel = cancel
	s := newShow(o, ln, e, c)
	s.again = p.again
	for _, f := range change {
		f(s)
	}
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
func (p *performance) end() terminal.ExitStatus {
	p.t.Helper()
	err := <-p.ended
	p.over = true
	for line := range strings.Lines(p.screen.String()) {
		require.LessOrEqual(p.t, len([]rune(line)), 79, "a line is too long for a terminal: %s", line)
	}
	var status terminal.ExitStatus
	if errors.As(err, &status) {
		return status
	}
	require.NoError(p.t, err)
	return terminal.OK
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

// serve plays the candidate of [TestPlayFaults] that does this, and returns it
// once clients are asked in.
func (f faults) serve(t *testing.T, what string) *performance {
	t.Helper()
	p := f.serveEarly(t, what)
	p.expect(`your server\n|the reference\n`)
	return p
}

func (f faults) serveEarly(t *testing.T, what string) *performance {
	t.Helper()
	t.Parallel()
	return perform(t, f.e, f.c, f.program, strings.NewReader(""), func(s *show) { s.env = []string{"KATA_TEST_FAULT=" + what} })
}

// faults are candidates in one program, which takes a second to link.
type faults struct {
	e       *catalog.Exercise
	c       judge.Candidate
	program *judge.Program
}

func buildFaults(t *testing.T) faults {
	t.Helper()
	e := find(t, "echo")
	file, err := filepath.Abs(filepath.Join("testdata", "faults.go"))
	require.NoError(t, err)
	c := judge.Candidate{Name: "test", Files: map[string]string{e.Slug + ".go": file}}
	return faults{e, c, built(t, e, c)}
}

// line is the line of the candidates with this text.
func (f faults) line(t *testing.T, text string) int {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "faults.go"))
	require.NoError(t, err)
	before, _, found := strings.Cut(string(source), text)
	require.True(t, found)
	return 1 + strings.Count(before, "\n")
}
