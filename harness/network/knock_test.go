package network

import (
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKnock(t *testing.T) {
	t.Parallel()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := c.LocalAddr().String()
	err = Knock(addr)
	require.True(t, IsTimeout(err), "a silent server: %v", err)

	p := make([]byte, 8)
	n, from, err := c.ReadFrom(p) // the first knock
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = c.WriteTo(p[:n], from) // to nobody, any more
	require.NoError(t, err)
	answered := make(chan error, 1)
	go func() {
		_, from, err := c.ReadFrom(p)
		if err == nil {
			_, err = c.WriteTo(nil, from)
		}
		answered <- err
	}()
	require.NoError(t, Knock(addr), "an empty datagram is an answer")
	require.NoError(t, <-answered)

	require.NoError(t, c.Close())
	if err = Knock(addr); runtime.GOOS == "windows" {
		require.Error(t, err)
		return
	}
	require.True(t, IsRefused(err), "nobody receives there: %v", err)
	require.False(t, IsTimeout(err))
}
