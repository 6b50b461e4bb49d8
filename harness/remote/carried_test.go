//go:build unix

package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAddressesCross(t *testing.T) {
	start(t)
	for _, text := range []string{"1.2.3.4:5", "[fe80::1%eth0]:6", "[::ffff:1.2.3.4]:7"} {
		p := netip.MustParseAddrPort(text)
		a, n := p.Addr(), net.Addr(net.UDPAddrFromAddrPort(p))
		var a2 netip.Addr
		var p2 netip.AddrPort
		var n2 net.Addr
		var same bool
		call("sameAddrs", []any{&a, &p, &n}, []any{&a2, &p2, &n2, &same})
		require.Equal(t, a, a2)
		require.Equal(t, p, p2)
		require.Equal(t, n, n2)
		require.True(t, same, "the subject has a *net.UDPAddr")
	}
	// The zero values, and a port without an address.
	p, n := netip.AddrPortFrom(netip.Addr{}, 9), net.Addr(nil)
	a, a2, p2, n2, same := netip.Addr{}, netip.IPv6Loopback(), netip.AddrPort{}, net.Addr(&net.UDPAddr{}), true
	call("sameAddrs", []any{&a, &p, &n}, []any{&a2, &p2, &n2, &same})
	require.Equal(t, netip.Addr{}, a2)
	require.Equal(t, p, p2)
	require.Nil(t, n2)
}

func TestPointersCrossAsCopies(t *testing.T) {
	start(t)
	yes, n := true, 6
	s := settings{NoDelay: &yes, Size: &n, KeepAlive: &net.KeepAliveConfig{Enable: true, Idle: time.Minute}, From: netip.MustParseAddrPort("[::1]:1")}
	p := &settings{}
	var s2 settings
	var p2 *settings
	call("bump", []any{&s, &p}, []any{&s2, &p2})
	require.Equal(t, 7, *s2.Size)
	require.Equal(t, 6, n, "the caller's own is untouched")
	require.Equal(t, s.KeepAlive, s2.KeepAlive)
	require.Equal(t, s.From, s2.From)
	require.True(t, *s2.NoDelay)
	require.Equal(t, 7, *p2.Size)
	s, p = settings{}, nil
	call("bump", []any{&s, &p}, []any{&s2, &p2})
	require.Equal(t, settings{}, s2, "nil stays nil")
	require.Nil(t, p2)
	m, m2 := fs.FileMode(0o640), fs.FileMode(0)
	call("mode", []any{&m}, []any{&m2})
	require.Equal(t, m|fs.ModeSocket, m2)
}

// TestLostFieldIsRefused: nothing arrives as zero in silence, in either
// direction.
func TestLostFieldIsRefused(t *testing.T) {
	start(t)
	var out sealed
	in := sealed{Open: 1, hidden: 1}
	require.PanicsWithValue(t, "harness: the call of twice cannot cross to another process: a remote.sealed cannot cross: its field hidden is not exported and would be lost",
		func() { call("twice", []any{&in}, []any{&out}) })
	in.hidden = 0
	require.PanicsWithValue(t, "harness: the call of twice cannot cross to another process: a remote.sealed cannot cross: its field hidden is not exported and would be lost",
		func() { call("twice", []any{&in}, []any{&out}) })
	m := map[string]int{}
	require.PanicsWithValue(t, "harness: the call of mode cannot cross to another process: a map[string]int cannot cross",
		func() { call("mode", []any{&m}, nil) })
	c := syscall.Conn(struct{ syscall.Conn }{})
	require.Panics(t, func() { call("inspect", []any{&c}, []any{new(bool), new(error)}) })
	text := "no mode"
	require.Panics(t, func() { call("mode", []any{&text}, []any{new(fs.FileMode)}) }, "a text does not become a number")
}

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

func TestStreamsAreCalledFromAfar(t *testing.T) {
	start(t)
	long := strings.Repeat("abc", 100_000)
	for text, r := range map[string]io.Reader{
		long: iotest.DataErrReader(strings.NewReader(long)), "slow": iotest.OneByteReader(strings.NewReader("slow")),
		"": &bytes.Buffer{},
	} {
		var got string
		var err error
		call("upper", []any{&r}, []any{&got, &err})
		require.NoError(t, err)
		require.True(t, text == got)
	}
	r := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("xy")))
	var got string
	var err error
	call("upper", []any{&r}, []any{&got, &err})
	require.Equal(t, "x", got)
	require.Equal(t, iotest.ErrTimeout, err, "an error that comes home is the original")
	var b bytes.Buffer
	var n int
	w, text := io.Writer(&b), "hey"
	call("shout", []any{&w, &text}, []any{&n, &err})
	require.NoError(t, err)
	r = &b
	call("upper", []any{&r}, []any{&got, &err})
	require.Equal(t, "hey", got, "what is both a reader and a writer may come as either")
	client, server := pair(t)
	w = server
	call("shout", []any{&w, &text}, []any{&n, &err})
	require.NoError(t, err)
	p := make([]byte, 9)
	n, _ = client.Read(p)
	require.Equal(t, text, string(p[:n]))
}

func TestObjectReadsFromAfar(t *testing.T) {
	start(t)
	r, max := io.Reader(strings.NewReader("abcde")), 3
	var l *lines
	call("lineReader", []any{&r, &max}, []any{&l})
	require.Equal(t, 3, l.Max)
	var p []byte
	var err error
	call("lineReader.Next", []any{&l}, []any{&p, &err})
	require.Equal(t, "abc", string(p))
	call("lineReader.Next", []any{&l}, []any{&p, &err})
	require.Equal(t, "de", string(p))
	require.Equal(t, io.ErrUnexpectedEOF, err)
	call("lineReader.Next", []any{&l}, []any{&p, &err})
	require.Equal(t, io.EOF, err)
}

// A handingPackets is a packet conn as the bench hands it over.
type handingPackets struct {
	*net.UDPConn
	onClose func()
}

func (h *handingPackets) OnClose(f func()) { h.onClose = f }

func (h *handingPackets) Close() error {
	err := h.UDPConn.Close()
	if h.onClose != nil {
		h.onClose()
	}
	return err
}

func TestPacketsCross(t *testing.T) {
	s := start(t)
	empty := s.Descriptors()
	for name, shared := range map[string]bool{"shared": true, "called from afar": false} {
		t.Run(name, func(t *testing.T) {
			for _, end := range []string{"close", "cancel"} {
				udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
				require.NoError(t, err)
				var pc net.PacketConn = udp
				if shared {
					pc = &handingPackets{UDPConn: udp}
				}
				ctx, cancel := context.WithCancel(t.Context())
				served := make(chan error, 1)
				go func() {
					var err error
					call("echoPackets", []any{&ctx, &pc}, []any{&err})
					served <- err
				}()
				client, err := net.Dial("udp", udp.LocalAddr().String())
				require.NoError(t, err)
				for _, text := range []string{"one", "", strings.Repeat("x", 1500)} {
					io.WriteString(client, text)
					p := make([]byte, 2000)
					n, err := client.Read(p)
					require.NoError(t, err)
					require.Equal(t, text, string(p[:n]), "datagrams keep their borders")
				}
				require.Equal(t, shared, len(s.Descriptors()) > len(empty), "the subject has a socket of its own")
				to, got := client.LocalAddr(), error(nil)
				call("reply", []any{&pc, &to}, []any{&got})
				require.NoError(t, got, "an address of package net is one there, too")
				if end == "cancel" {
					cancel()
					require.ErrorIs(t, <-served, os.ErrDeadlineExceeded)
					pc.Close()
				} else {
					pc.Close()
					require.ErrorIs(t, <-served, net.ErrClosed)
				}
				cancel()
				client.Close()
			}
			require.Equal(t, empty, s.Descriptors())
		})
	}
	var pc net.PacketConn
	call("lossy", nil, []any{&pc})
	require.Equal(t, &net.UDPAddr{Port: 7}, pc.LocalAddr())
	_, from, err := pc.ReadFrom(nil)
	require.Nil(t, from)
	require.Equal(t, net.ErrClosed, err)
}

// TestVariablesAreOurs: the subject must not learn where the verdict goes.
func TestVariablesAreOurs(t *testing.T) {
	t.Setenv("KATA_RESULTS", "secret")
	start(t)
	ours := []string{"something"}
	call("variables", nil, []any{&ours})
	require.Empty(t, ours)
}
