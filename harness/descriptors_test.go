package harness_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rawtcp "socketkata/solutions/03-rawtcp"
	unixipc "socketkata/solutions/12-unixipc"
)

// TestRealSystemCalls has the reference of 03-rawtcp connect to Python's server,
// and accept nc.
func TestRealSystemCalls(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("03-rawtcp makes Unix system calls")
	}
	t.Run("python3", func(t *testing.T) {
		t.Parallel()
		back := script("python3", "s.py", socketserver, "self.wfile.write(self.rfile.readline())").start(t)
		fd, err := rawtcp.Connect4(netip.MustParseAddrPort(back), 30*time.Second)
		require.NoError(t, err)
		conn := os.NewFile(uintptr(fd), "conn")
		defer conn.Close()
		_, err = rawtcp.WriteFull(fd, []byte("06:40 Airport\n"))
		require.NoError(t, err)
		answer := make([]byte, 14)
		_, err = rawtcp.ReadFull(fd, answer)
		require.NoError(t, err)
		require.Equal(t, "06:40 Airport\n", string(answer))
		n, err := rawtcp.ReadFull(fd, answer)
		require.Zero(t, n)
		require.ErrorIs(t, err, io.EOF)
	})
	t.Run("nc", func(t *testing.T) {
		t.Parallel()
		listenFD, bound, err := rawtcp.Listen4(netip.MustParseAddrPort("127.0.0.1:0"), 1)
		require.NoError(t, err)
		ln := os.NewFile(uintptr(listenFD), "listener")
		defer ln.Close()
		bus := start(t, "nc", "127.0.0.1", fmt.Sprint(bound.Port()))
		bus.says("line 4")
		fd, _, err := rawtcp.Accept(listenFD)
		require.NoError(t, err)
		conn := os.NewFile(uintptr(fd), "conn")
		defer conn.Close()
		line := make([]byte, 7)
		_, err = rawtcp.ReadFull(fd, line)
		require.NoError(t, err)
		require.Equal(t, "line 4\n", string(line))
		_, err = rawtcp.WriteFull(fd, []byte("on time\n"))
		require.NoError(t, err)
		bus.prints("on time")
	})
}

// passing is a Python program that takes a descriptor over a Unix socket, sends a
// line from the file, and passes the descriptor back.
const passing = `import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
m, fds, flags, peer = socket.recv_fds(s, 100, 4)
print(m.decode() + os.fdopen(os.dup(fds[0])).readline(), flush=True)
os.lseek(fds[0], 0, 0)
socket.send_fds(s, [b"returned"], fds)
`

// TestRealFiles has the reference of 12-unixipc pass a file to Python and back,
// and serve programs that dial its path.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("12-unixipc is about descriptors")
	}
	dir, err := os.MkdirTemp("", "kata") // a socket's path is short
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "ferries")
	ln, err := unixipc.ListenUnix(path, 0o600)
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	accept := func(t *testing.T) *net.UnixConn {
		t.Helper()
		defer time.AfterFunc(time.Minute, func() { ln.Close() }).Stop() // turns a hang into a message
		c, err := ln.Accept()
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
		return c.(*net.UnixConn)
	}
	for _, command := range [][]string{{"nc", "-U", path}, {"socat", "-", "UNIX-CONNECT:" + path}} {
		t.Run(command[0], func(t *testing.T) {
			p := start(t, command[0], command[1:]...)
			c := accept(t)
			uid, err := unixipc.PeerUID(c)
			require.NoError(t, err)
			require.Equal(t, uint32(os.Geteuid()), uid)
			_, err = io.WriteString(c, "07:15 Harbour\n")
			require.NoError(t, err)
			p.prints("07:15 Harbour")
		})
	}
	t.Run("python3", func(t *testing.T) {
		file := filepath.Join(dir, "timetable")
		require.NoError(t, os.WriteFile(file, []byte("07:15 Harbour\n"), 0o600))
		f, err := os.Open(file)
		require.NoError(t, err)
		defer f.Close()
		p := start(t, "python3", "-c", passing, path)
		c := accept(t)
		require.NoError(t, unixipc.SendFiles(c, []byte("here: "), f))
		p.prints("here: 07:15 Harbour")
		message := make([]byte, 100)
		n, files, err := unixipc.RecvFiles(c, message, 1)
		require.NoError(t, err)
		require.Equal(t, "returned", string(message[:n]))
		require.Len(t, files, 1)
		defer files[0].Close()
		text, err := io.ReadAll(files[0])
		require.NoError(t, err)
		require.Equal(t, "07:15 Harbour\n", string(text))
	})
}
