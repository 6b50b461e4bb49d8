//go:build unix

package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if os.Getenv("REMOTE_TEST_SUBJECT") == "" {
		os.Exit(m.Run())
	}
	exports := map[string]any{"echo": echo, "fill": fill, "writeTo": writeTo, "timed": timed, "wild": wild, "relay": relay, "abort": abort, "await": await, "numbers": numbers,
		"failing": failing, "pass": pass, "counter.Add": (*counter).Add, "inside": inside, "leaves": leaves, "isInside": isInside, "crash": crash, "closes": closes, "keeps": keeps}
	maps.Copy(exports, carried)
	Main(exports, shared)
}

// start starts this binary as the subject.
func start(t *testing.T) *Subject {
	t.Helper()
	if !Supported {
		t.Skip("no descriptors can be handed to another process here")
	}
	t.Setenv("REMOTE_TEST_SUBJECT", "1")
	self, err := os.Executable()
	require.NoError(t, err)
	p, err := Start(self)
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	return p
}

func call(name string, args, results []any) { Call(shared, name, args, results) }

// A handing listener is what the bench hands over.
type handing struct {
	*net.TCPListener
	onClose []func()
}

func (h *handing) OnClose(f func()) { h.onClose = append(h.onClose, f) }

func (h *handing) Close() error {
	err := h.TCPListener.Close()
	for _, f := range h.onClose {
		f()
	}
	h.onClose = nil
	return err
}

func listen(t *testing.T) *handing {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return &handing{TCPListener: ln.(*net.TCPListener)}
}

func TestListenerIsHandedOver(t *testing.T) {
	start(t)
	h := listen(t)
	var ln net.Listener = h
	served := make(chan error)
	go func() {
		var err error
		call("echo", []any{&ln}, []any{&err})
		served <- err
	}()
	c, err := net.Dial("tcp", h.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	io.WriteString(c, "ping\n")
	line, err := bufio.NewReader(c).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ping\n", line)
	c.Close()
	require.NoError(t, h.Close())
	require.ErrorIs(t, <-served, net.ErrClosed)
	_, err = net.Dial("tcp", h.Addr().String())
	require.Error(t, err, "closing here closes there")
}

func TestBytesComeBack(t *testing.T) {
	start(t)
	p, n := make([]byte, 8), 0
	call("fill", []any{&p}, []any{&n})
	require.Equal(t, "hello\x00\x00\x00", string(p))
	require.Equal(t, 5, n)
}

func TestConnIsCalledFromAfar(t *testing.T) {
	start(t)
	h := listen(t)
	defer h.Close()
	client, err := net.Dial("tcp", h.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	server, err := h.Accept()
	require.NoError(t, err)
	defer server.Close()
	message := strings.Repeat("0123456789", 100_000)
	go func() {
		io.WriteString(client, message)
		client.(*net.TCPConn).CloseWrite()
	}()
	copied := make(chan string)
	go func() {
		all, _ := io.ReadAll(client)
		copied <- string(all)
	}()
	var n int64
	call("relay", []any{&server}, []any{&n, &err})
	require.NoError(t, err)
	require.EqualValues(t, len(message), n)
	require.True(t, <-copied == message, "every byte crossed twice")
}

func TestContextEnds(t *testing.T) {
	start(t)
	canceled, cancel := context.WithCancel(t.Context())
	late, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	over, end := context.WithDeadline(t.Context(), time.Now().Add(-time.Hour))
	defer end()
	time.AfterFunc(time.Millisecond, cancel)
	for ctx, want := range map[context.Context]error{
		canceled: context.Canceled, late: context.DeadlineExceeded, over: context.DeadlineExceeded,
	} {
		var err error
		call("await", []any{&ctx}, []any{&err})
		require.Equal(t, want, err)
	}
}

func TestContextValues(t *testing.T) {
	start(t)
	ctx, known := t.Context(), false
	call("isInside", []any{&ctx}, []any{&known})
	require.False(t, known)
	f := func(ctx context.Context) error {
		derived, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		call("isInside", []any{&derived}, []any{&known})
		return nil
	}
	var err error
	call("inside", []any{&ctx, &f}, []any{&err})
	require.NoError(t, err)
	require.True(t, known, "a value of the subject's is found through a context made here")
}

func TestChannelGivesAll(t *testing.T) {
	start(t)
	n := 100
	var c <-chan int
	call("numbers", []any{&n}, []any{&c})
	want := 0
	for got := range c {
		require.Equal(t, want, got)
		want++
	}
	require.Equal(t, n, want)
}

func TestErrorsAreRebuilt(t *testing.T) {
	start(t)
	ask := func(kind string) (err error) {
		call("failing", []any{&kind}, []any{&err})
		return err
	}
	require.NoError(t, ask("none"))
	require.ErrorIs(t, ask("own"), errOwn)
	require.EqualError(t, ask("own"), "wrapped: an error of the package")
	refused := ask("refused")
	require.ErrorIs(t, refused, syscall.ECONNREFUSED)
	op, ok := errors.AsType[*net.OpError](refused)
	require.True(t, ok)
	require.Equal(t, "dial", op.Op)
	line := ask("line")
	require.ErrorIs(t, line, bufio.ErrTooLong)
	require.ErrorIs(t, line, io.ErrUnexpectedEOF)
	require.NotErrorIs(t, line, io.EOF)

	var given error = &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	var back error
	var full bool
	call("pass", []any{&given}, []any{&back, &full})
	require.True(t, full, "the subject recognises it")
	require.EqualError(t, back, "passed on: accept tcp: accept4: too many open files")
	require.ErrorIs(t, back, syscall.EMFILE)
}

func TestStructStaysThere(t *testing.T) {
	start(t)
	var said []string
	c := &counter{Step: 2, Log: func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }}
	n := 0
	call("counter.Add", []any{&c}, []any{&n})
	call("counter.Add", []any{&c}, []any{&n})
	require.Equal(t, 4, n)
	require.Equal(t, []string{"2 after 1s", "4 after 1s"}, said)
	c.Log = nil // the subject has the function already
	d := &counter{Step: 1, Log: func(string, ...any) { panic("no ink") }}
	require.NotPanics(t, func() { call("counter.Add", []any{&c}, []any{&n}) })
	p := current.Load()
	call("counter.Add", []any{&d}, []any{&n})
	require.Contains(t, diedOf(p), "panic: no ink", "a panic of a function of the test's goes to its caller")
}

func diedOf(p *Subject) string {
	<-p.Gone()
	p.Died()
	return p.Output()
}

func TestDescriptorsCross(t *testing.T) {
	start(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer w.Close()
	fd, err := syscall.Dup(int(r.Fd()))
	require.NoError(t, err)
	r.Close()
	call("keeps", []any{FD(&fd)}, nil)
	var stat syscall.Stat_t
	require.NoError(t, syscall.Fstat(fd, &stat), "it is as open as before")
	call("closes", []any{FD(&fd)}, nil)
	require.ErrorIs(t, syscall.Fstat(fd, &stat), syscall.EBADF, "what the subject closes is closed")
}

func TestCrashIsSeen(t *testing.T) {
	p := start(t)
	call("crash", nil, nil)
	require.Contains(t, diedOf(p), "panic: index out of range")
	require.Equal(t, "exit status 2", p.Died())
	var err error
	kind := "own"
	call("failing", []any{&kind}, []any{&err})
	require.ErrorIs(t, err, errGone)
}

func TestGoroutinesAndDescriptorsAreSeen(t *testing.T) {
	p := start(t)
	before := p.Descriptors()
	h := listen(t)
	var ln net.Listener = h
	done := make(chan error)
	go func() {
		var err error
		call("echo", []any{&ln}, []any{&err})
		done <- err
	}()
	for found := false; !found; {
		all, names := p.Goroutines()
		for _, g := range all {
			found = found || names[g.ID] == "echo" && strings.HasPrefix(g.State, "IO wait")
		}
	}
	require.Len(t, p.Descriptors(), len(before)+1, "the listener, and nothing else")
	h.Close()
	<-done
	require.Equal(t, before, p.Descriptors())
	p.CollectGarbage()
}
