package fault_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

// TestHold holds a Write until Release, and sends then what is in the caller's
// memory: a caller that shares it sends another's bytes.
func TestHold(t *testing.T) {
	hold := fault.NewHold()
	subject, peer := pair(t, hold.Conn)
	require.False(t, hold.Writing())
	shared := []byte("mine!")
	written := make(chan error, 1)
	go func() {
		_, err := subject.Write(shared)
		written <- err
	}()
	require.Eventually(t, hold.Writing, 10*time.Second, time.Millisecond)
	copy(shared, "yours")
	hold.Release()
	hold.Release()
	require.NoError(t, <-written)
	got, err := read(peer)
	require.NoError(t, err)
	require.Equal(t, "yours", got)
	_, err = subject.Write([]byte("more"))
	require.NoError(t, err, "no write waits after Release")
}

func TestHoldPackets(t *testing.T) {
	inner, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer inner.Close()
	hold := fault.NewHold()
	subject := hold.PacketConn(inner)
	written := make(chan error, 1)
	go func() {
		_, err := subject.WriteTo([]byte("late"), inner.LocalAddr())
		written <- err
	}()
	require.Eventually(t, hold.Writing, 10*time.Second, time.Millisecond)
	require.Empty(t, written)
	hold.Release()
	require.NoError(t, <-written)
	p := make([]byte, 10)
	n, _, err := inner.ReadFrom(p)
	require.NoError(t, err)
	require.Equal(t, "late", string(p[:n]))
}
