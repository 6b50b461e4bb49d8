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
	require.False(t, hold.Holds())
	shared := []byte("mine!")
	written := make(chan error, 1)
	go func() {
		_, err := subject.Write(shared)
		written <- err
	}()
	require.Eventually(t, hold.Holds, 10*time.Second, time.Millisecond)
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

func TestHoldAccept(t *testing.T) {
	hold := fault.NewHold()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ln := hold.Listener(inner)
	defer ln.Close()
	accepted := make(chan error, 1)
	go func() {
		c, err := ln.Accept()
		if err == nil {
			c.Close()
		}
		accepted <- err
	}()
	require.False(t, hold.Holds())
	c, err := net.Dial("tcp", inner.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	require.Eventually(t, hold.Holds, 10*time.Second, time.Millisecond)
	require.Empty(t, accepted)
	hold.Release()
	require.NoError(t, <-accepted)
	inner.Close()
	_, err = fault.NewHold().Listener(inner).Accept()
	require.ErrorIs(t, err, net.ErrClosed, "an Accept that fails is not held")
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
	require.Eventually(t, hold.Holds, 10*time.Second, time.Millisecond)
	require.Empty(t, written)
	hold.Release()
	require.NoError(t, <-written)
	p := make([]byte, 10)
	n, _, err := inner.ReadFrom(p)
	require.NoError(t, err)
	require.Equal(t, "late", string(p[:n]))
}

// TestHoldReceived holds a ReadFrom that has its datagram already: what else happens
// to a buffer that is shared comes before it returns.
func TestHoldReceived(t *testing.T) {
	hold := fault.NewHold()
	inner, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	pc := hold.Received(inner)
	defer pc.Close()
	shared := []byte("empty")
	received := make(chan int, 1)
	go func() {
		n, _, _ := pc.ReadFrom(shared)
		received <- n
	}()
	require.False(t, hold.Holds())
	_, err = pc.WriteTo([]byte("mine!"), pc.LocalAddr())
	require.NoError(t, err)
	require.Eventually(t, hold.Holds, 10*time.Second, time.Millisecond)
	require.Empty(t, received)
	hold.Release()
	require.Equal(t, 5, <-received)
	require.Equal(t, "mine!", string(shared))
	pc.Close()
	_, _, err = fault.NewHold().Received(pc).ReadFrom(shared)
	require.ErrorIs(t, err, net.ErrClosed, "a ReadFrom that fails is not held")
}
