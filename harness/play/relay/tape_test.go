package relay

import (
	"bytes"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

// A tape is a tap that remembers what it was told.
type tape struct {
	mu     sync.Mutex
	events []wire.Event
	bytes  [2]map[int]*bytes.Buffer // by side and client
	moved  chan struct{}
}

func newTape() *tape {
	return &tape{bytes: [2]map[int]*bytes.Buffer{{}, {}}, moved: make(chan struct{}, 1)}
}

func (t *tape) tap(p Passed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.Kind != wire.Data {
		t.events = append(t.events, wire.Event{Size: p.Client, From: wire.Side(p.From), Kind: p.Kind})
	}
	if t.bytes[p.From][p.Client] == nil {
		t.bytes[p.From][p.Client] = new(bytes.Buffer)
	}
	t.bytes[p.From][p.Client].Write(p.Data)
	select {
	case t.moved <- struct{}{}:
	default:
	}
}

// await waits until the client or the server has done that.
func (t *tape) await(tb testing.TB, from Side, kind wire.Kind) {
	tb.Helper()
	for {
		t.mu.Lock()
		for _, e := range t.events {
			if e.From == wire.Side(from) && e.Kind == kind {
				t.mu.Unlock()
				return
			}
		}
		t.mu.Unlock()
		select {
		case <-t.moved:
		case <-tb.Context().Done():
			tb.Fatal("the test is over")
		}
	}
}

// setUp starts a relay and returns a function that connects a client and
// returns the server's end too. Everything ends with the test.
func setUp(tb testing.TB, tap Tap) (*Relay, func() (client, server *net.TCPConn)) {
	tb.Helper()
	front, back := listen(tb), listen(tb)
	r := New(back.Addr().String(), tap)
	served := make(chan error, 1)
	go func() { served <- r.Serve(front) }()
	tb.Cleanup(func() {
		front.Close()
		require.NoError(tb, <-served, "Serve returns once its listener is closed")
		r.HangUp()
		require.Zero(tb, r.Active(), "nobody is left after HangUp")
	})
	return r, func() (client, server *net.TCPConn) {
		c, err := net.Dial("tcp", front.Addr().String())
		require.NoError(tb, err)
		s, err := back.Accept()
		require.NoError(tb, err)
		tb.Cleanup(func() { c.Close(); s.Close() })
		return c.(*net.TCPConn), s.(*net.TCPConn)
	}
}

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	tb.Cleanup(func() { ln.Close() })
	return ln
}
