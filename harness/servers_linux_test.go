package harness_test

import (
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// freePort returns a port for a server that cannot say which one it got. A socket
// that is bound and does not listen keeps it: no other process gets it by chance,
// and one that asks for it with SO_REUSEADDR can listen on it. A listener that was
// closed would not do: a child that another test starts meanwhile keeps it open
// until it runs its program.
func freePort(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { syscall.Close(fd) })
	require.NoError(t, syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	addr, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	return strconv.Itoa(addr.(*syscall.SockaddrInet4).Port)
}
