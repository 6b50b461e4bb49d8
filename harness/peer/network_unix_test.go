//go:build unix

package peer

import (
	"net"
	"os"
	"os/exec"
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

// TestOutOfDescriptors checks that a script for which the process may not open
// enough descriptors says so, whatever the bench needs them for.
func TestOutOfDescriptors(t *testing.T) {
	const variable = "KATA_PEER_NEEDS"
	needs := map[string]func(*Bench){
		"a pair":       func(b *Bench) { b.Pair() },
		"a descriptor": func(b *Bench) { b.PairFD() },
		"a listener":   func(b *Bench) { b.Listen() },
		"datagrams":    func(b *Bench) { b.PacketConn() },
	}
	if need := needs[os.Getenv(variable)]; need != nil {
		Run(t, "R1: it runs", func(b *Bench) {
			for {
				need(b)
			}
		}, Loopback)
		return
	}
	self, err := os.Executable()
	require.NoError(t, err)
	for name := range needs {
		cmd := exec.Command("sh", "-c", `ulimit -n 64 && exec "$0" -test.run='^TestOutOfDescriptors$'`, self)
		cmd.Env = append(os.Environ(), variable+"="+name)
		said, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(said), "the test process ran out of descriptors, which is not your code's fault", name)
	}
}
