//go:build unix

package network

import (
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"socketkata/harness/descriptor"

	"github.com/stretchr/testify/require"
)

// TestFiles sends files over a Unix stream and reads them from where they
// arrive.
func TestFiles(t *testing.T) {
	t.Parallel()
	a, b, err := newUnix(t).Pair()
	require.NoError(t, err)
	a, b = WithFiles(a), WithFiles(b)
	defer a.Close()
	defer b.Close()
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	_, err = f.WriteString("inside")
	require.NoError(t, err)

	n, err := SendFiles(a, []byte("two files"), []*os.File{f, f})
	require.NoError(t, err)
	require.Equal(t, len("two files"), n)
	require.NoError(t, f.Close(), "the descriptors are on their way")
	p := make([]byte, 100)
	n, err = io.ReadFull(b, p[:n])
	require.NoError(t, err)
	require.Equal(t, "two files", string(p[:n]))
	got := b.(*FileConn).Take()
	require.Len(t, got, 2)
	require.Empty(t, b.(*FileConn).Take(), "they are taken once")
	for _, f := range got {
		n, err := f.ReadAt(p, 0)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, "inside", string(p[:n]))
		require.NoError(t, f.Close())
	}
	requireStream(t, a, b)
}

// TestFilesComeWithTheFirstByte checks that a Read does not run across the
// beginning of bytes that carry a descriptor, however much has arrived.
func TestFilesComeWithTheFirstByte(t *testing.T) {
	t.Parallel()
	a, b, err := newUnix(t).Pair()
	require.NoError(t, err)
	a, b = WithFiles(a), WithFiles(b)
	defer a.Close()
	defer b.Close()
	long := strings.Repeat("long ", 1000)
	for _, part := range []string{"be", "fore", "+first", "+second", long, "+third", "after"} {
		if rest, with := strings.CutPrefix(part, "+"); with {
			_, err = SendFiles(a, []byte(rest), []*os.File{os.Stdin})
		} else {
			_, err = a.Write([]byte(part))
		}
		require.NoError(t, err)
	}
	require.NoError(t, a.Close())
	var all []byte
	at := map[int]int{} // files, by the byte they came with
	for p := make([]byte, 100); ; {
		n, err := b.Read(p)
		for _, f := range b.(*FileConn).Take() {
			at[len(all)]++
			require.NoError(t, f.Close())
		}
		all = append(all, p[:n]...)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
	}
	require.Equal(t, "beforefirstsecond"+long+"thirdafter", string(all))
	require.Equal(t, map[int]int{6: 1, 11: 1, 17 + len(long): 1}, at)
}

// TestDuplicate checks that the descriptor outlives the conn, blocks, and is not
// inherited.
func TestDuplicate(t *testing.T) {
	t.Parallel()
	for name, n := range networks(t) {
		t.Run(name, func(t *testing.T) {
			a, b, err := n.Pair()
			require.NoError(t, err)
			defer a.Close()
			fd, err := Duplicate(b)
			if name == "memory" {
				require.ErrorContains(t, err, "has none")
				return
			}
			require.NoError(t, err)
			require.NotZero(t, descriptor.Identify(fd))
			flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
			require.Zero(t, errno)
			require.NotZero(t, flags&syscall.FD_CLOEXEC)
			flags, _, errno = syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
			require.Zero(t, errno)
			require.Zero(t, flags&syscall.O_NONBLOCK)
			_, err = syscall.Write(fd, []byte("raw"))
			require.NoError(t, err)
			require.NoError(t, syscall.Close(fd))
			require.Zero(t, descriptor.Identify(fd))
			text, err := io.ReadAll(a)
			require.NoError(t, err)
			require.Equal(t, "raw", string(text))
		})
	}
}

// TestUnixFolder checks that nothing is left of the sockets, and that a path
// goes with its listener.
func TestUnixFolder(t *testing.T) {
	t.Parallel()
	n, err := NewUnix(time.Second)
	require.NoError(t, err)
	ln, err := n.Listen()
	require.NoError(t, err)
	path := ln.Addr().String()
	_, err = os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	require.NoFileExists(t, path)
	_, err = n.ListenPacket()
	require.NoError(t, err)
	require.NoError(t, n.Close())
	require.NoDirExists(t, n.dir)
}

// TestQueued checks what is known of the other end of a Unix socket.
func TestQueued(t *testing.T) {
	t.Parallel()
	a, b, err := newUnix(t).Pair()
	require.NoError(t, err)
	defer a.Close()
	defer b.Close()
	_, err = a.Write([]byte("hello"))
	require.NoError(t, err)
	queued, known := Queued(a)
	if !known {
		t.Skip("this platform does not show it")
	}
	require.True(t, queued)
	_, err = b.Read(make([]byte, 3))
	require.NoError(t, err)
	queued, _ = Queued(a)
	require.True(t, queued, "two bytes are left")
	_, err = b.Read(make([]byte, 3))
	require.NoError(t, err)
	queued, _ = Queued(a)
	require.False(t, queued)
	c, _, err := Loopback{DialLimit: time.Second}.Pair()
	require.NoError(t, err)
	defer c.Close()
	_, known = Queued(c)
	require.False(t, known, "of TCP the other end is asked")
}

var _ net.Conn = (*FileConn)(nil)
