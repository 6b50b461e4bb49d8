package fault_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
	"socketkata/harness/memnet"
)

func TestFailPacket(t *testing.T) {
	t.Parallel()
	network := memnet.NewPacketNet()
	peer := network.Listen()
	defer peer.Close()
	broken := errors.New("the network card is gone")
	c := fault.FailReadFrom(nil, broken, broken)(fault.FailWriteTo(fault.PortUnreachable())(network.Listen()))

	_, err := c.WriteTo([]byte("a"), peer.LocalAddr())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	_, err = c.WriteTo([]byte("b"), peer.LocalAddr())
	require.NoError(t, err, "only the first call fails")
	p := make([]byte, 8)
	n, _, err := peer.ReadFrom(p)
	require.NoError(t, err)
	require.Equal(t, "b", string(p[:n]), "a datagram whose WriteTo failed is not sent")

	for _, message := range []string{"1", "2"} {
		_, err = peer.WriteTo([]byte(message), c.LocalAddr())
		require.NoError(t, err)
	}
	n, from, err := c.ReadFrom(p)
	require.NoError(t, err, "nil stands for a call that works")
	require.Equal(t, "1", string(p[:n]))
	require.Equal(t, peer.LocalAddr(), from)
	_, _, err = c.ReadFrom(p)
	require.Equal(t, broken, err, "as it is")
	require.NoError(t, c.Close())
	_, _, err = c.ReadFrom(p)
	require.ErrorIs(t, err, net.ErrClosed, "whatever errors are left")
}
