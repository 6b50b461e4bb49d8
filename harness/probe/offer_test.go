package probe

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// TestUDPServerIsOffered: a server that answers datagrams is judged by the
// exercise about them, and found alive or gone by asking it over UDP.
func TestUDPServerIsOffered(t *testing.T) {
	t.Parallel()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		for p := make([]byte, 8); ; {
			n, from, err := pc.ReadFrom(p)
			if err != nil {
				return
			}
			pc.WriteTo(p[:n], from)
		}
	}()
	address := pc.LocalAddr().String()
	c := repository(t, map[string]string{"05-echo": "net.Listener", "08-udpecho": "net.PacketConn"})
	echo, udpecho := c.Exercises[0], c.Exercises[1]

	require.Equal(t, address+" 08", Example(t.Context(), c, address))
	require.EqualError(t, absent(echo, []string{address}),
		"nothing listens at "+address+" over TCP, but a UDP server answers there: kata probe "+address+" 08")
	require.False(t, ended(address))
	require.Equal(t, "127.0.0.1:35555 05", Example(t.Context(), repository(t, map[string]string{"05-echo": "net.Listener"}), address))

	require.NoError(t, pc.Close())
	require.Equal(t, "127.0.0.1:35555 05", Example(t.Context(), c, address))
	require.Equal(t, "127.0.0.1:35555 05", Example(t.Context(), c, "192.0.2.1:9"), "nothing is sent to other machines")
	for _, e := range []*catalog.Exercise{echo, udpecho} {
		require.EqualError(t, absent(e, []string{address, "[::1]:9"}), "nothing listens at "+address+" or [::1]:9: start the server first")
	}
}

// repository returns a repository of exercises whose functions take one type.
func repository(t *testing.T, takes map[string]string) *catalog.Catalog {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module "+catalog.Module+"\n"), 0o644))
	for name, parameter := range takes {
		dir := filepath.Join(root, "exercises", name)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name[3:]+".go"), []byte("package x\n\nfunc Serve("+parameter+") error\n"), 0o644))
	}
	c, err := catalog.Open(root)
	require.NoError(t, err)
	return c
}
