package peer

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/fault"
	"socketkata/harness/subject"
)

// TestHostGoesOn checks that a host which cannot accept one conn accepts the next.
func TestHostGoesOn(t *testing.T) {
	b := newBench(t, Loopback, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
	defer b.tearDown()
	h := b.host(fault.FailAccept(fault.Aborted(), fault.TooManyFiles())(b.listen()))
	conn, err := net.Dial("tcp", h.Addr())
	require.NoError(t, err)
	defer conn.Close()
	server := h.Accept("the conn has waited in the queue")
	_, err = conn.Write([]byte("ping\n"))
	require.NoError(t, err)
	server.Expect("it is that conn", "ping\n")
}

// A fullListener accepts nothing.
type fullListener struct{ net.Listener }

func (l fullListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.Close()
	return nil, fault.TooManyFiles()
}

// TestHostSaysThatItIsFull checks that a failure does not blame a dial for what the
// test could not accept.
func TestHostSaysThatItIsFull(t *testing.T) {
	b := newBench(t, Loopback, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
	defer b.tearDown()
	h := b.host(fullListener{b.listen()})
	b.mu.Lock()
	require.Equal(t, "no conn came to "+h.Addr(), h.missed().Got)
	b.mu.Unlock()
	conn, err := net.Dial("tcp", h.Addr())
	require.NoError(t, err)
	defer conn.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	for h.failed == nil {
		b.changed.Wait()
	}
	require.Contains(t, h.missed().Got, fault.TooManyFiles().Error())
}
