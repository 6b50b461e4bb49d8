package endpoint

import (
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/errno"
	"socketkata/harness/memnet"
)

// A touchyConn reports first that nobody has received what it sent, as sockets of
// Windows do.
type touchyConn struct {
	net.PacketConn
	once sync.Once
}

func (c *touchyConn) ReadFrom(p []byte) (n int, from net.Addr, err error) {
	c.once.Do(func() { err = errno.Of(syscall.ECONNRESET) })
	if err != nil {
		return 0, nil, err
	}
	return c.PacketConn.ReadFrom(p)
}

// TestDatagramsGoOn checks that such an error does not end what comes.
func TestDatagramsGoOn(t *testing.T) {
	packets := memnet.NewPacketNet()
	ours, theirs := packets.Listen(), packets.Listen()
	c := talk()
	p := c.NewSide("client", "your server").NewDatagrams(&touchyConn{PacketConn: ours})
	_, err := theirs.WriteTo([]byte("07:15"), ours.LocalAddr())
	require.NoError(t, err)
	waiting := func() bool {
		c.Changed.L.Lock()
		defer c.Changed.L.Unlock()
		return p.Waiting()
	}
	require.Eventually(t, waiting, 10*time.Second, time.Millisecond)
	require.Equal(t, "07:15", p.Take().Data)
	require.NoError(t, ours.Close())
	c.Wait()
}
