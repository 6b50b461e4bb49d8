package peer

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/slow"
	"socketkata/harness/subject"
)

// TestFullQueueIsNotTheEnd checks that a datagram waits for a busy subject as long as
// any other step does, not for a fixed time.
func TestFullQueueIsNotTheEnd(t *testing.T) {
	t.Setenv(slow.Variable, "0.05")
	b := newBench(t, Loopback, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
	defer b.removeFolder()
	defer b.tearDown()
	b.Over(Unix)
	server, client := b.PacketConn(), b.ListenPacket()
	_, conn := b.Pair()
	go func() {
		for range 8 { // twice the limit
			for began := time.Now(); time.Since(began) < b.run.Limit()/4; runtime.Gosched() {
			}
			conn.Write([]byte(".")) // the subject is not silent
		}
		for buf := make([]byte, 1); ; {
			if _, _, err := server.ReadFrom(buf); err != nil {
				return
			}
		}
	}()
	for range 1000 { // more than any queue holds: net.unix.max_dgram_qlen is 10 or 512
		client.SendTo(server.LocalAddr(), ".")
	}
	require.False(t, t.Failed())
}
