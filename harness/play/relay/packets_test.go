package relay

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

// TestDatagramsPass: each comes through as it is, one without bytes too, and the
// server tells clients apart. With too many, the first gives up its place.
func TestDatagramsPass(t *testing.T) {
	t.Parallel()
	server := listenPacket(t)
	go func() { // an echo that says who asked
		for p := make([]byte, 64); ; {
			n, from, err := server.ReadFrom(p)
			if err != nil {
				return
			}
			server.WriteTo(append(p[:n:n], from.String()...), from)
		}
	}()
	var mu sync.Mutex
	var told []string
	r := NewPackets(listenPacket(t), server.LocalAddr().String(), func(p Passed) {
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, wire.Datagram, p.Kind)
		told = append(told, fmt.Sprintf("%d %d %d", p.Client, p.From, len(p.Data)))
	})
	served := make(chan error, 1)
	go func() { served <- r.Serve() }()

	seen := map[string]int{}
	for number := range mostClients + 2 {
		client, err := net.Dial("udp", r.front.LocalAddr().String())
		require.NoError(t, err)
		defer client.Close()
		for _, message := range []string{"hello ", ""} {
			seen[ask(t, client, message)] = number
		}
	}
	require.Len(t, seen, mostClients+2, "an address each")
	mu.Lock()
	require.Equal(t, []string{"1 0 6", "1 1"}, []string{told[0], told[1][:3]})
	require.Equal(t, "1 0 0", told[2])
	mu.Unlock()
	r.Leave()
	require.NoError(t, <-served)
	<-r.Idle()
	r.HangUp()
	require.NoError(t, r.Serve(), "it is over")
}

// ask sends a message and returns what comes back after it.
func ask(t *testing.T, client net.Conn, message string) string {
	t.Helper()
	_, err := client.Write([]byte(message))
	require.NoError(t, err)
	require.NoError(t, client.SetReadDeadline(time.Now().Add(time.Minute)))
	back := make([]byte, 64)
	n, err := client.Read(back)
	require.NoError(t, err)
	require.Equal(t, message, string(back[:len(message)]))
	return string(back[len(message):n])
}

func listenPacket(t *testing.T) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}
