package peer

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/network"
	"socketkata/harness/subject"
)

// TestPiecesArriveApart is why a server that takes one Read for one message is
// caught each time and not by luck: no Read gets bytes of two pieces.
func TestPiecesArriveApart(t *testing.T) {
	for _, arena := range []Arena{Memory, Loopback} {
		if arena == Loopback && !network.CanSeeUnread {
			continue
		}
		for range 200 {
			b := newBench(t, arena, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
			var message string
			server := b.Serve(func(ln net.Listener) error {
				c, err := ln.Accept()
				if err != nil {
					return err
				}
				defer c.Close()
				p := make([]byte, 64)
				n, err := c.Read(p)
				message = string(p[:n])
				io.Copy(io.Discard, c)
				return err
			})
			b.Dial(server).SendPieces("half a ", "message\n")
			b.tearDown()
			require.NoError(t, server.Result("the server is through"))
			require.Equal(t, "half a ", message, arena)
		}
	}
}
