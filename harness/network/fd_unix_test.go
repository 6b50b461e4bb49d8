//go:build unix

package network

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestLentFDClosesNothingElse checks that a descriptor whose number was used
// again after it was closed stays open.
func TestLentFDClosesNothingElse(t *testing.T) {
	a, b, err := os.Pipe()
	require.NoError(t, err)
	defer a.Close()
	defer b.Close()
	fd, err := syscall.Dup(int(a.Fd()))
	require.NoError(t, err)
	lent := Lend(fd)
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	require.NoError(t, unix.Dup2(int(null.Fd()), fd), "it is another file from here on")
	require.NoError(t, lent.Close())
	require.NoError(t, syscall.Close(fd), "it is still open")

	fd, err = syscall.Dup(int(a.Fd()))
	require.NoError(t, err)
	require.NoError(t, Lend(fd).Close())
	require.ErrorIs(t, syscall.Close(fd), syscall.EBADF)
}

// TestListenFDStops checks that Close makes the stop descriptor readable, and
// that the listener can be dialed until its descriptor is closed.
func TestListenFDStops(t *testing.T) {
	ln, err := ListenFD()
	require.NoError(t, err)
	c, err := Dial("tcp", ln.Addr().String(), 5*time.Second)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, ln.Close())
	n, err := syscall.Read(ln.StopFD, make([]byte, 1))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, ln.CloseFDs())
	_, err = Dial("tcp", ln.Addr().String(), 5*time.Second)
	require.True(t, IsRefused(err), "%v", err)
}
