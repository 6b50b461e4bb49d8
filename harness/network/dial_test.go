package network

import (
	"context"
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOnlyLoopbackIsResolved: what a subject returns as its address may be
// anything.
func TestOnlyLoopbackIsResolved(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:7": "127.0.0.1:7", "127.9.9.9:7": "127.9.9.9:7", "[::1]:7": "[::1]:7",
		"0.0.0.0:7": "127.0.0.1:7", "[::]:7": "[::1]:7", "[::ffff:127.0.0.1]:7": "127.0.0.1:7",
	} {
		for _, network := range []string{"tcp", "udp"} {
			got, err := Resolve(network, address)
			require.NoError(t, err)
			require.Equal(t, want, got.String())
			require.Equal(t, network, got.Network())
		}
	}
	for _, address := range []string{"192.0.2.1:7", "[2001:db8::1]:7", "[::ffff:192.0.2.1]:7"} {
		_, err := Resolve("tcp", address)
		require.EqualError(t, err, strconv.Quote(address)+" is not on loopback")
	}
	for _, address := range []string{"", "127.0.0.1", "127.0.0.1:0", ":7", "localhost:7", "example.org:80", "127.0.0.1:http"} {
		_, err := Resolve("udp", address)
		require.EqualError(t, err, strconv.Quote(address)+" is not an IP address and a port")
	}
	got, err := Resolve("unix", "/tmp/s")
	require.NoError(t, err)
	require.Equal(t, "/tmp/s", got.String())
}

// TestDialWithoutAnswer checks that a dial which nobody answers is known as
// such, by the system's limit or by our own.
func TestDialWithoutAnswer(t *testing.T) {
	_, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Nanosecond) // over before it begins
	require.True(t, IsTimeout(err), "%v", err)
	for _, cause := range []error{syscall.ETIMEDOUT, syscall.Errno(10060), os.NewSyscallError("connect", syscall.ETIMEDOUT), os.ErrDeadlineExceeded, context.DeadlineExceeded} {
		require.True(t, IsTimeout(&net.OpError{Op: "dial", Net: "tcp", Err: cause}), "%v", cause)
	}
	require.False(t, IsTimeout(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}))
}
