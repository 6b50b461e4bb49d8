package network

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUnreadAt looks at a socket from its other end.
func TestUnreadAt(t *testing.T) {
	ours, theirs, err := Loopback{DialLimit: time.Second}.Pair()
	require.NoError(t, err)
	defer ours.Close()
	n, ok := UnreadAt(ours)
	if !ok {
		t.Skip("this kernel does not answer sock_diag requests")
	}
	require.Zero(t, n)
	_, err = ours.Write([]byte("hello"))
	require.NoError(t, err)
	n, ok = UnreadAt(ours)
	require.True(t, ok)
	require.Equal(t, 5, n)
	_, err = theirs.Read(make([]byte, 3))
	require.NoError(t, err)
	n, _ = UnreadAt(ours)
	require.Equal(t, 2, n)
	require.NoError(t, theirs.Close())
	_, ok = UnreadAt(ours)
	require.False(t, ok, "nobody has the socket any more")

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	waiting, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer waiting.Close()
	_, err = waiting.Write([]byte("hello"))
	require.NoError(t, err)
	n, ok = UnreadAt(waiting)
	require.True(t, ok, "a conn that nobody has accepted has a socket, too")
	require.Equal(t, 5, n)
}

// TestBufferedAt counts what an echo has read and not yet written, whatever
// else waits in either direction.
func TestBufferedAt(t *testing.T) {
	ours, theirs, err := Loopback{DialLimit: time.Second}.Pair()
	require.NoError(t, err)
	defer ours.Close()
	n, ok := BufferedAt(ours)
	if !ok {
		t.Skip("this kernel does not say how many bytes a socket has received")
	}
	require.Zero(t, n)
	has := func(want int64) {
		t.Helper()
		require.Eventually(t, func() bool { n, _ = BufferedAt(ours); return n == want }, 5*time.Second, time.Millisecond, "it is %d", n)
	}
	_, err = ours.Write(make([]byte, 100))
	require.NoError(t, err)
	_, err = io.ReadFull(theirs, make([]byte, 70))
	require.NoError(t, err)
	has(70)
	_, err = theirs.Write(make([]byte, 30))
	require.NoError(t, err)
	has(40)
	_, err = io.ReadFull(ours, make([]byte, 20))
	require.NoError(t, err)
	has(40)
	_, err = theirs.Write(make([]byte, 40))
	require.NoError(t, err)
	has(0)
	require.NoError(t, theirs.Close())
	_, ok = BufferedAt(ours)
	require.False(t, ok, "nobody has the socket any more")
}

// TestReceivedAt counts what has arrived at the other end, read or not.
func TestReceivedAt(t *testing.T) {
	ours, theirs, err := Loopback{DialLimit: time.Second}.Pair()
	require.NoError(t, err)
	defer ours.Close()
	n, ok := ReceivedAt(ours)
	if !ok {
		t.Skip("this kernel does not say how many bytes a socket has received")
	}
	require.Zero(t, n)
	_, err = ours.Write([]byte("hello"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { n, _ := ReceivedAt(ours); return n == 5 }, 5*time.Second, time.Millisecond)
	_, err = theirs.Read(make([]byte, 3))
	require.NoError(t, err)
	n, _ = ReceivedAt(ours)
	require.EqualValues(t, 5, n, "bytes that were read count, too")
	require.NoError(t, theirs.Close())
	_, ok = ReceivedAt(ours)
	require.False(t, ok, "nobody has the socket any more")
}
