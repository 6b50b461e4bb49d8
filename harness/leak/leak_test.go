package leak

import (
	"net"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewDescriptors(t *testing.T) {
	before, err := Descriptors()
	if err != nil {
		require.ErrorIs(t, err, ErrNoDescriptors)
		t.Skip(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	now, err := Descriptors()
	require.NoError(t, err)
	sockets := 0
	for _, fd := range New(before, now) {
		if strings.HasPrefix(now[fd], "socket:") {
			sockets++
		}
	}
	if runtime.GOOS == "linux" {
		require.Equal(t, 1, sockets)
	}
	require.GreaterOrEqual(t, len(New(before, now)), 2)
	require.NoError(t, ln.Close())
	now, err = Descriptors()
	require.NoError(t, err)
	for _, fd := range New(before, now) {
		require.NotContains(t, now[fd], "socket:", "a closed socket is still listed")
	}
}

func TestSocketSaysWhatItIs(t *testing.T) {
	before, err := Descriptors()
	if err != nil {
		t.Skip(err)
	}
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	client, err := net.Dial("tcp4", ln.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	bound, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer bound.Close()
	file, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer file.Close()
	now, err := Descriptors()
	require.NoError(t, err)
	var sockets []string
	for _, fd := range New(before, now) {
		if what := Socket(fd); what != "" {
			sockets = append(sockets, what)
		}
	}
	require.ElementsMatch(t, []string{
		"a listener at " + ln.Addr().String(),
		"a conn from " + client.LocalAddr().String() + " to " + ln.Addr().String(),
		"a socket without a peer at " + bound.LocalAddr().String(),
	}, sockets)
	require.Empty(t, Socket("no number"))
}
