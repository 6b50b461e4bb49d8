//go:build unix

package remote

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestStreamsAreCalledFromAfar(t *testing.T) {
	start(t)
	long := strings.Repeat("abc", 100_000)
	for text, r := range map[string]io.Reader{
		long: iotest.DataErrReader(strings.NewReader(long)), "slow": iotest.OneByteReader(strings.NewReader("slow")),
		"": &bytes.Buffer{},
	} {
		var got string
		var err error
		call("upper", []any{&r}, []any{&got, &err})
		require.NoError(t, err)
		require.True(t, text == got)
	}
	r := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("xy")))
	var got string
	var err error
	call("upper", []any{&r}, []any{&got, &err})
	require.Equal(t, "x", got)
	require.Equal(t, iotest.ErrTimeout, err, "an error that comes home is the original")
	var b bytes.Buffer
	var n int
	w, text := io.Writer(&b), "hey"
	call("shout", []any{&w, &text}, []any{&n, &err})
	require.NoError(t, err)
	r = &b
	call("upper", []any{&r}, []any{&got, &err})
	require.Equal(t, "hey", got, "what is both a reader and a writer may come as either")
	client, server := pair(t)
	w = server
	call("shout", []any{&w, &text}, []any{&n, &err})
	require.NoError(t, err)
	p := make([]byte, 9)
	n, _ = client.Read(p)
	require.Equal(t, text, string(p[:n]))
}

func TestObjectReadsFromAfar(t *testing.T) {
	start(t)
	r, max := io.Reader(strings.NewReader("abcde")), 3
	var l *lines
	call("lineReader", []any{&r, &max}, []any{&l})
	require.Equal(t, 3, l.Max)
	var p []byte
	var err error
	call("lineReader.Next", []any{&l}, []any{&p, &err})
	require.Equal(t, "abc", string(p))
	call("lineReader.Next", []any{&l}, []any{&p, &err})
	require.Equal(t, "de", string(p))
	require.Equal(t, io.ErrUnexpectedEOF, err)
	call("lineReader.Next", []any{&l}, []any{&p, &err})
	require.Equal(t, io.EOF, err)
}

// A handingPackets is a packet conn as the bench hands it over.
type handingPackets struct {
	*net.UDPConn
	onClose func()
}

func (h *handingPackets) OnClose(f func()) { h.onClose = f }

func (h *handingPackets) Close() error {
	err := h.UDPConn.Close()
	if h.onClose != nil {
		h.onClose()
	}
	return err
}

func TestPacketsCross(t *testing.T) {
	s := start(t)
	empty := s.Descriptors()
	for name, shared := range map[string]bool{"shared": true, "called from afar": false} {
		t.Run(name, func(t *testing.T) {
			for _, end := range []string{"close", "cancel"} {
				udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
				require.NoError(t, err)
				var pc net.PacketConn = udp
				if shared {
					pc = &handingPackets{UDPConn: udp}
				}
				ctx, cancel := context.WithCancel(t.Context())
				served := make(chan error, 1)
				go func() {
					var err error
					call("echoPackets", []any{&ctx, &pc}, []any{&err})
					served <- err
				}()
				client, err := net.Dial("udp", udp.LocalAddr().String())
				require.NoError(t, err)
				for _, text := range []string{"one", "", strings.Repeat("x", 1500)} {
					io.WriteString(client, text)
					p := make([]byte, 2000)
					n, err := client.Read(p)
					require.NoError(t, err)
					require.Equal(t, text, string(p[:n]), "datagrams keep their borders")
				}
				require.Equal(t, shared, len(s.Descriptors()) > len(empty), "the subject has a socket of its own")
				to, got := client.LocalAddr(), error(nil)
				call("reply", []any{&pc, &to}, []any{&got})
				require.NoError(t, got, "an address of package net is one there, too")
				if end == "cancel" {
					cancel()
					require.ErrorIs(t, <-served, os.ErrDeadlineExceeded)
					pc.Close()
				} else {
					pc.Close()
					require.ErrorIs(t, <-served, net.ErrClosed)
				}
				cancel()
				client.Close()
			}
			require.Equal(t, empty, s.Descriptors())
		})
	}
	var pc net.PacketConn
	call("lossy", nil, []any{&pc})
	require.Equal(t, &net.UDPAddr{Port: 7}, pc.LocalAddr())
	_, from, err := pc.ReadFrom(nil)
	require.Nil(t, from)
	require.Equal(t, net.ErrClosed, err)
}

// TestVariablesAreOurs: the subject must not learn where the verdict goes.
func TestVariablesAreOurs(t *testing.T) {
	t.Setenv("KATA_RESULTS", "secret")
	start(t)
	ours := []string{"something"}
	call("variables", nil, []any{&ours})
	require.Empty(t, ours)
}

// TestBytesReadAreCounted is how the bench sees that a subject gets on which reads
// one byte at a time.
func TestBytesReadAreCounted(t *testing.T) {
	s := start(t)
	var got string
	var err error
	for range 2 {
		r := iotest.OneByteReader(strings.NewReader("slow"))
		call("upper", []any{&r}, []any{&got, &err})
	}
	require.EqualValues(t, 8, s.BytesRead())
}
