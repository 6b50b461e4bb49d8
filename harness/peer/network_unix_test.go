//go:build unix

package peer

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/subject"
)

// TestPortStaysTaken checks that nobody else gets the port of a listener that
// was closed, and could answer in its place, until the script is over.
func TestPortStaysTaken(t *testing.T) {
	b := newBench(t, Loopback, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
	ln, s := b.Listener()
	host := b.Listen()
	require.NoError(t, ln.Close())
	host.Close()
	for _, addr := range []string{s.Addr(), host.Addr()} {
		_, err := net.Dial("tcp", addr)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		_, err = listenAlone(t, addr)
		require.ErrorIs(t, err, syscall.EADDRINUSE)
	}
	b.tearDown()
	for _, addr := range []string{s.Addr(), host.Addr()} {
		again, err := listenAlone(t, addr)
		require.NoError(t, err, "the port is free once the script is over")
		require.NoError(t, again.Close())
	}
}

// listenAlone listens on an address that no other socket may have, as the
// kernel guarantees for a port that it chooses (ip(7), socket(7)).
func listenAlone(t *testing.T, addr string) (net.Listener, error) {
	alone := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			require.NoError(t, syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0))
		})
	}}
	return alone.Listen(t.Context(), "tcp", addr)
}
