package peer

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/memnet"
	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// TestCloseIsDrawnAsItIs checks that Close is drawn as RST where it sends one:
// when bytes of the subject were not read.
func TestCloseIsDrawnAsItIs(t *testing.T) {
	for _, arena := range []Arena{Memory, Loopback} {
		for _, unread := range []bool{true, false} {
			b := newBench(t, arena, failure.Failure{}, "socketkata/harness/peer/none", goroutines())
			p, conn := b.Pair()
			want := wire.FIN
			if unread {
				p.StopReading()
				_, err := io.WriteString(conn, "unread")
				require.NoError(t, err)
				want = wire.RST
			}
			p.Close()
			_, err := conn.Read(make([]byte, 1))
			if _, inMemory := conn.(*memnet.Conn); inMemory || network.CanSeeUnread {
				events := b.wire.Events()
				require.Equal(t, want, events[len(events)-1].Kind, "%s, unread: %v", arena, unread)
				require.Equal(t, !unread, err == io.EOF, "%s: %v", arena, err)
			}
			b.hangUpEverywhere()
			b.closePairs()
		}
	}
}

// TestResetIsToldWhoeverMeetsIt checks that a reset is called one also when it
// is a write of the peer that the system tells of it, and not its reader.
func TestResetIsToldWhoeverMeetsIt(t *testing.T) {
	for _, arena := range []Arena{Memory, Loopback} {
		for range 50 {
			b := newBench(t, arena, failure.Failure{}, "socketkata/harness/peer/none", goroutines())
			p, conn := b.Pair()
			p.SendAsync(strings.Repeat("x", Plenty))
			_, err := io.ReadFull(conn, make([]byte, 1))
			require.NoError(t, err)
			network.Reset(conn)
			p.ExpectReset("the conn was reset: " + string(arena))
			b.hangUpEverywhere()
		}
	}
}

// TestDialWithoutAnswer checks that a dial which nobody answers is known as
// such, by the system's limit or by the bench's.
func TestDialWithoutAnswer(t *testing.T) {
	_, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Nanosecond) // over before it begins
	require.True(t, isTimeout(err), "%v", err)
	for _, cause := range []error{syscall.ETIMEDOUT, syscall.Errno(10060), os.NewSyscallError("connect", syscall.ETIMEDOUT), os.ErrDeadlineExceeded, context.DeadlineExceeded} {
		require.True(t, isTimeout(&net.OpError{Op: "dial", Net: "tcp", Err: cause}), "%v", cause)
	}
	require.False(t, isTimeout(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}))
}
