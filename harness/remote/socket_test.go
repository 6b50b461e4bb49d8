//go:build unix

package remote

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair returns the two ends of a TCP conn.
func pair(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	h := listen(t)
	defer h.Close()
	c, err := net.Dial("tcp", h.Addr().String())
	require.NoError(t, err)
	s, err := h.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { c.Close(); s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

func TestSocketIsTheSame(t *testing.T) {
	start(t)
	client, server := pair(t)
	var err error
	for _, on := range []bool{false, true, false} {
		call("noDelay", []any{&server, &on}, []any{&err})
		require.NoError(t, err)
		var got bool
		s := syscall.Conn(server)
		call("inspect", []any{&s}, []any{&got, &err})
		require.NoError(t, err)
		require.Equal(t, on, got, "the option stays as the subject set it")
	}
	call("blocks", []any{&server}, []any{&err})
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	server.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err = server.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "deadlines still fire here")
	var same *net.TCPConn
	call("stays", []any{&server}, []any{&same})
	require.Same(t, server, same)
	require.NoError(t, server.CloseWrite())
	n, err := client.Read(make([]byte, 1))
	require.Zero(t, n)
	require.Equal(t, io.EOF, err, "nobody else keeps the socket from its FIN")
	var none *net.TCPConn
	call("stays", []any{&none}, []any{&same})
	require.Nil(t, same)
}

// TestStandInShowsItsSocket: what the subject keeps can be inspected here, too.
func TestStandInShowsItsSocket(t *testing.T) {
	s := start(t)
	var ln net.Listener
	var err error
	call("listenWith", nil, []any{&ln, &err})
	require.NoError(t, err)
	client, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	c, err := ln.Accept()
	require.NoError(t, err)
	open := s.Descriptors()
	noDelay, err := inspect(c.(syscall.Conn))
	require.NoError(t, err)
	require.False(t, noDelay, "it is the socket's own option")
	sc := c.(syscall.Conn)
	call("inspect", []any{&sc}, []any{&noDelay, &err})
	require.NoError(t, err, "it comes home as what it is")
	require.False(t, noDelay)
	_, err = inspect(ln.(syscall.Conn))
	require.NoError(t, err)
	require.Equal(t, open, s.Descriptors())
	require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
	_, err = client.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	require.NoError(t, c.Close())
	raw, err := sc.SyscallConn()
	require.NoError(t, err)
	require.ErrorIs(t, raw.Control(func(uintptr) {}), net.ErrClosed)
	require.ErrorIs(t, raw.Read(nil), errors.ErrUnsupported)
	require.ErrorIs(t, raw.Write(nil), errors.ErrUnsupported)
	require.NoError(t, ln.Close())
}

func TestSubjectClosesSocket(t *testing.T) {
	start(t)
	client, server := pair(t)
	var err error
	call("hangUp", []any{&server}, []any{&err})
	require.NoError(t, err)
	_, err = client.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	_, err = server.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed, "what the subject closes is closed")
	var closed bool
	call("isClosed", []any{&server}, []any{&closed, &err})
	require.True(t, closed, "a closed conn arrives as one: %v", err)
}

func TestFilesCross(t *testing.T) {
	s := start(t)
	path := filepath.Join(t.TempDir(), "notes")
	require.NoError(t, os.WriteFile(path, []byte("a line"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var name, text string
	call("readFile", []any{&f}, []any{&name, &text, &err})
	require.NoError(t, err)
	require.Equal(t, []string{path, "a line"}, []string{name, text})
	before := s.Descriptors()
	for _, n := range []int{0, 1, 64} {
		var files []*os.File
		call("pipes", []any{&n}, []any{&files, &err})
		require.NoError(t, err)
		require.Len(t, files, n)
		for _, f := range files {
			text, err := io.ReadAll(f)
			require.NoError(t, err)
			require.Equal(t, "from afar", string(text))
			f.Close()
		}
	}
	require.Equal(t, before, s.Descriptors(), "what was given away is not kept")
	n := 300
	require.Panics(t, func() { call("pipes", []any{&n}, []any{new([]*os.File), &err}) })
}

func TestUnixSocketsCross(t *testing.T) {
	start(t)
	dir, err := os.MkdirTemp("", "k")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	for _, unlink := range []bool{true, false} {
		path := filepath.Join(dir, fmt.Sprint(unlink))
		var ln *net.UnixListener
		call("listenUnix", []any{&path, &unlink}, []any{&ln, &err})
		require.NoError(t, err)
		require.FileExists(t, path, "the subject's own copy is closed without removing it")
		client, err := net.Dial("unix", path)
		require.NoError(t, err)
		defer client.Close()
		server, err := ln.AcceptUnix()
		require.NoError(t, err)
		defer server.Close()
		var sent error
		r, w, err := os.Pipe()
		require.NoError(t, err)
		files := []*os.File{r, w}
		call("wrap", []any{&server, &files}, []any{&sent})
		require.NoError(t, sent)
		r.Close()
		w.Close()
		oob := make([]byte, 64)
		_, n, _, _, err := client.(*net.UnixConn).ReadMsgUnix(make([]byte, 1), oob)
		require.NoError(t, err)
		require.NotZero(t, n, "a descriptor arrived")
		require.NoError(t, ln.Close())
		_, err = os.Lstat(path)
		require.Equal(t, unlink, errors.Is(err, fs.ErrNotExist), "Close removes the path if the subject's would have")
	}
	path, unlink := filepath.Join(dir, strings.Repeat("x", 200)), true
	var ln *net.UnixListener
	call("listenUnix", []any{&path, &unlink}, []any{&ln, &err})
	require.Nil(t, ln)
	require.ErrorIs(t, err, syscall.EINVAL)
}

func TestListenerIsLent(t *testing.T) {
	start(t)
	h := listen(t)
	defer h.Close()
	client, err := net.Dial("tcp", h.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	ln := h.TCPListener
	var c *net.TCPConn
	call("pushBack", []any{&ln}, []any{&c, &err})
	require.NoError(t, err)
	require.Equal(t, client.LocalAddr().String(), c.RemoteAddr().String())
	c.Close()
	_, err = client.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err, "the subject kept no copy")
	ln.SetDeadline(time.Now().Add(time.Millisecond))
	_, err = ln.Accept()
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}

func TestDescriptorsAreGiven(t *testing.T) {
	s := start(t)
	before := s.Descriptors()
	var r int
	var both []int
	var err error
	call("openFDs", nil, []any{FD(&r), FDs(&both), &err})
	require.NoError(t, err)
	require.Equal(t, before, s.Descriptors(), "the subject has them no more")
	for fd, onExec := range map[int]bool{r: false, both[0]: true} {
		g, known := s.Given(fd)
		require.True(t, known)
		require.Greater(t, g.FD, 2)
		require.Equal(t, onExec, g.CloseOnExec, "as it was in the subject's process")
	}
	own, err := syscall.Dup(both[0])
	require.NoError(t, err)
	fds := []int{own, r}
	var text string
	call("readFDs", []any{FDs(&fds)}, []any{&text})
	require.Equal(t, "raw", text)
	require.ErrorIs(t, syscall.Close(own), syscall.EBADF, "the subject closed it")
	require.NoError(t, syscall.Close(both[0]))
	require.NoError(t, syscall.Close(r))
	_, known := s.Given(r)
	require.False(t, known, "it is closed")
	for _, fd := range []int{-1, 0} {
		var got int
		call("noFD", []any{&fd}, []any{FD(&got), &err})
		require.Equal(t, fd, got, "beside an error a number is only a number")
		require.ErrorIs(t, err, syscall.EMFILE)
	}
}
