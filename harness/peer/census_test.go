package peer

import (
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCensusCountsWhatIsReferredTo counts conns and listeners of which some are
// kept, all forgotten, and none collected without need.
func TestCensusCountsWhatIsReferredTo(t *testing.T) {
	for name, count := range map[string]func(*Census) any{
		"conns":     func(c *Census) any { return c.Conn(nil) },
		"listeners": func(c *Census) any { return c.Listener(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			c := new(Census)
			kept := make([]any, 50)
			for i := range 200 {
				if v := count(c); i < len(kept) {
					kept[i] = v
				}
			}
			require.Equal(t, 50, c.held())
			runtime.KeepAlive(kept)
			require.Equal(t, 0, c.held())
		})
	}
}

// TestCensusPassesOn is what a server relies on: the wrapped conn still works.
func TestCensusPassesOn(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	c := new(Census).Conn(near)
	require.NoError(t, c.Close())
	_, err := far.Read(make([]byte, 1))
	require.Error(t, err)
}
