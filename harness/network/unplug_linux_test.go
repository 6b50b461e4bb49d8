package network

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"socketkata/harness/memnet"
)

// TestUnplug checks that an unplugged conn acknowledges nothing and can still be
// reset.
func TestUnplug(t *testing.T) {
	near, far, err := Loopback{DialLimit: time.Minute}.Pair()
	require.NoError(t, err)
	defer near.Close()
	require.True(t, Unplug(far))
	_, err = near.Write([]byte("is anybody there?\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return info(t, near).Retransmits > 0 }, time.Minute, time.Millisecond)
	require.EqualValues(t, 1, info(t, near).Unacked)
	unread, err := Unread(far)
	require.NoError(t, err)
	require.Zero(t, unread)
	Reset(far)
	_, err = near.Read(make([]byte, 1))
	require.True(t, IsReset(err), "got %v", err)
}

func TestUnplugOnlyTCP(t *testing.T) {
	c, _ := memnet.Pair()
	require.False(t, Unplug(c))
	near, far, err := Loopback{DialLimit: time.Minute}.Pair()
	require.NoError(t, err)
	defer far.Close()
	require.NoError(t, near.Close())
	require.False(t, Unplug(near), "it is closed")
	_, err = far.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}

func info(t *testing.T, c net.Conn) (info *unix.TCPInfo) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}))
	require.NoError(t, err)
	return info
}
