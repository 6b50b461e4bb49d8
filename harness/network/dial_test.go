package network

import (
	"context"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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
