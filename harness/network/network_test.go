package network

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/memnet"
)

// networks are all kinds of network, by name.
func networks(t *testing.T) map[string]Network {
	all := map[string]Network{
		"memory":   NewMemory(),
		"loopback": Loopback{DialLimit: 5 * time.Second},
	}
	if runtime.GOOS != "windows" { // no datagrams over Unix sockets there
		all["unix"] = newUnix(t)
	}
	return all
}

func newUnix(t *testing.T) *Unix {
	t.Helper()
	n, err := NewUnix(5 * time.Second)
	require.NoError(t, err)
	t.Cleanup(func() { n.Close() })
	return n
}

// TestStreams checks that each network carries bytes both ways and ends a
// stream with EOF, for conns of a listener and for pairs.
func TestStreams(t *testing.T) {
	t.Parallel()
	for name, n := range networks(t) {
		t.Run(name, func(t *testing.T) {
			ln, err := n.Listen()
			require.NoError(t, err)
			defer ln.Release()
			client, err := ln.Dial()
			require.NoError(t, err)
			server, err := ln.Accept()
			require.NoError(t, err)
			requireStream(t, client, server)
			require.NoError(t, ln.Close())
			_, err = ln.Dial()
			require.Error(t, err, "nobody listens any more")

			client, server, err = n.Pair()
			require.NoError(t, err)
			requireStream(t, server, client)
		})
	}
}

// requireStream sends bytes both ways and closes both conns.
func requireStream(t *testing.T, a, b net.Conn) {
	t.Helper()
	requireBytes(t, a, b, "there")
	requireBytes(t, b, a, "and back")
	require.NoError(t, a.(interface{ CloseWrite() error }).CloseWrite())
	_, err := b.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	requireBytes(t, b, a, "still")
	require.NoError(t, b.Close())
	require.NoError(t, a.Close())
}

func requireBytes(t *testing.T, from, to net.Conn, text string) {
	t.Helper()
	_, err := from.Write([]byte(text))
	require.NoError(t, err)
	got := make([]byte, len(text))
	_, err = io.ReadFull(to, got)
	require.NoError(t, err)
	require.Equal(t, text, string(got))
}

// TestPackets checks that each network keeps the boundaries of datagrams and
// names the sender.
func TestPackets(t *testing.T) {
	t.Parallel()
	for name, n := range networks(t) {
		t.Run(name, func(t *testing.T) {
			a, err := n.ListenPacket()
			require.NoError(t, err)
			defer a.Close()
			b, err := n.ListenPacket()
			require.NoError(t, err)
			defer b.Close()
			for _, text := range []string{"one", "", "two"} {
				_, err := a.WriteTo([]byte(text), b.LocalAddr())
				require.NoError(t, err)
			}
			for _, text := range []string{"one", "", "two"} {
				p := make([]byte, 64)
				size, from, err := b.ReadFrom(p)
				require.NoError(t, err)
				require.Equal(t, text, string(p[:size]))
				require.Equal(t, a.LocalAddr().String(), from.String())
			}
		})
	}
}

// TestReset checks that the other end of a conn learns of a reset, and what
// WasReset says of it and of a conn that ended with FIN.
func TestReset(t *testing.T) {
	t.Parallel()
	for name, n := range networks(t) {
		t.Run(name, func(t *testing.T) {
			a, b, err := n.Pair()
			require.NoError(t, err)
			defer b.Close()
			require.False(t, WasReset(b))
			_, err = b.Write([]byte("left unread, without which a Unix socket tells nothing"))
			require.NoError(t, err)
			Reset(a)
			_, err = b.Read(make([]byte, 1))
			require.True(t, IsReset(err), err)
			if _, memory := b.(*memnet.Conn); memory || canSeeReset && name != "unix" {
				require.True(t, WasReset(b))
			}

			c, d, err := n.Pair()
			require.NoError(t, err)
			defer d.Close()
			require.NoError(t, c.Close())
			_, err = d.Read(make([]byte, 1))
			require.ErrorIs(t, err, io.EOF)
			require.False(t, WasReset(d))
		})
	}
}
