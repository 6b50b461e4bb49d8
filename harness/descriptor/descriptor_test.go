//go:build unix

package descriptor

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSend sends a descriptor through a Unix stream.
func TestSend(t *testing.T) {
	ours, theirs, err := Pair()
	require.NoError(t, err)
	defer ours.Close()
	other, err := net.FileConn(theirs)
	require.NoError(t, err)
	defer other.Close()
	require.NoError(t, theirs.Close())
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer w.Close()
	defer r.Close()

	require.NoError(t, With(w, func(fd int) error {
		_, err := Write(ours, []byte("x"), []int{fd})
		return err
	}))
	n, fds, err := Read(other.(*net.UnixConn), make([]byte, 8), make([]byte, Space()))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Len(t, fds, 1)
	onExec, err := CloseOnExec(fds[0])
	require.NoError(t, err)
	require.True(t, onExec)

	_, err = syscall.Write(fds[0], []byte("through the other one"))
	require.NoError(t, err)
	require.NoError(t, Close(fds[0]))
	require.NoError(t, w.Close())
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "through the other one", string(text))
}

// TestIdentify tells a descriptor from a later one with the same number.
func TestIdentify(t *testing.T) {
	fd, err := Open(syscall.AF_UNIX, syscall.SOCK_STREAM)
	require.NoError(t, err)
	own, onExec, err := Duplicate(fd)
	require.NoError(t, err)
	require.True(t, onExec)
	require.Equal(t, Identify(fd), Identify(own))
	first := Identify(fd)
	require.NoError(t, Close(fd))
	require.Zero(t, Identify(fd))
	_, _, err = Duplicate(fd)
	require.ErrorIs(t, err, syscall.EBADF)
	again, err := Open(syscall.AF_UNIX, syscall.SOCK_STREAM)
	require.NoError(t, err)
	require.Equal(t, fd, again)
	require.NotEqual(t, first, Identify(again))
	require.NoError(t, Close(again))
	require.NoError(t, Close(own))
}

// TestNewKeepsOptions makes a conn of a duplicate, which shares its options
// with the first.
func TestNewKeepsOptions(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.(*net.TCPConn).SetNoDelay(false))
	require.Equal(t, "*net.TCPConn", TypeOf(c))
	noDelay := func() (value int) {
		require.NoError(t, With(c.(*net.TCPConn), func(fd int) (err error) {
			value, err = syscall.GetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY)
			return err
		}))
		return value
	}
	require.Zero(t, noDelay())
	own := -1
	require.NoError(t, With(c.(*net.TCPConn), func(fd int) (err error) {
		own, _, err = Duplicate(fd)
		return err
	}))
	s, err := New(TypeOf(c), own, "")
	require.NoError(t, err)
	defer s.Close()
	require.IsType(t, c, s)
	require.Zero(t, noDelay())
}

// TestSpare makes one socket of each type.
func TestSpare(t *testing.T) {
	for _, name := range []string{"*net.TCPConn", "*net.UnixConn", "*net.UDPConn", "*net.TCPListener", "*net.UnixListener", "*os.File"} {
		fd, err := Spare(name)
		require.NoError(t, err)
		s, err := New(name, fd, "spare")
		require.NoError(t, err, name)
		require.Equal(t, name, TypeOf(s))
		require.NoError(t, s.Close())
	}
	require.Empty(t, TypeOf("text"))
}

// TestOccupy checks that the number n stays free, even if n-1 was taken before.
func TestOccupy(t *testing.T) {
	const n = 300
	for range 2 {
		closeAll, err := Occupy(n)
		require.NoError(t, err)
		defer closeAll()
		fd, err := null()
		require.NoError(t, err)
		require.Equal(t, n, fd)
		require.NoError(t, syscall.Close(fd))
	}
	restore, err := Lower(n)
	require.NoError(t, err)
	defer restore()
	_, err = null()
	require.ErrorIs(t, err, syscall.EMFILE)
}
