package network

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// An exhausted listener has an error, and no conn.
type exhausted struct {
	net.Listener
	err error
}

func (l exhausted) Accept() (net.Conn, error) {
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", l.err)}
}

// A notebook counts what a tracked listener tells.
type notebook struct {
	Tracker
	ranOut int
}

func (n *notebook) RanOut() { n.ranOut++ }

func TestTrackerLearnsOfMissingDescriptors(t *testing.T) {
	for err, want := range map[error]int{syscall.EMFILE: 1, syscall.ENFILE: 1, syscall.ECONNABORTED: 0} {
		var n notebook
		_, got := Track(exhausted{err: err}, &n).Accept()
		require.ErrorIs(t, got, err)
		require.Equal(t, want, n.ranOut, "%v", err)
	}
}
