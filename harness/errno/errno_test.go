package errno

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIs(t *testing.T) {
	for posix, windows := range winsock {
		for _, number := range []syscall.Errno{posix, windows} {
			wrapped := fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", number)})
			require.True(t, Is(number, posix))
			require.True(t, Is(wrapped, posix))
			require.True(t, Is(errors.Join(io.EOF, wrapped), posix))
		}
	}
	require.False(t, Is(nil, syscall.ECONNRESET))
	require.False(t, Is(io.EOF, syscall.ECONNRESET))
	require.False(t, Is(syscall.ECONNREFUSED, syscall.ECONNRESET))
	require.False(t, Is(syscall.Errno(0), syscall.EPIPE), "EPIPE has no number of its own on Windows")
}

// TestOf checks the numbers that have another name on Windows, and that every
// other one is what Is recognizes.
func TestOf(t *testing.T) {
	for posix := range winsock {
		require.True(t, Is(Of(posix), posix))
	}
	if runtime.GOOS == "windows" {
		require.Equal(t, Of(syscall.EMFILE), Of(syscall.ENFILE))
		require.Equal(t, syscall.Errno(10058), Of(syscall.EPIPE))
		return
	}
	require.Equal(t, syscall.ENFILE, Of(syscall.ENFILE))
	require.Equal(t, syscall.EPIPE, Of(syscall.EPIPE))
}

func TestIsRefusedByThisPlatform(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	_, err = net.Dial("tcp", ln.Addr().String())
	require.True(t, Is(err, syscall.ECONNREFUSED), "%v", err)
}
