package play

import (
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// TestPlayDatagrams sends datagrams to the reference as people do, from two
// sockets.
func TestPlayDatagrams(t *testing.T) {
	t.Parallel()
	e := find(t, "udpecho")
	// An address of which no other test takes a UDP port.
	ln, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("this system has one loopback address: %v", err)
	}
	addr := ln.Addr().String()
	p := perform(t, e, judge.Reference(e), built(t, e, judge.Reference(e)), nil, func(s *show) {
		s.ln.Close()
		s.ln = ln
	})
	p.expect(`receives UDP at `)
	for _, message := range []string{"one", ""} {
		c, err := net.Dial("udp", addr)
		require.NoError(t, err)
		defer c.Close()
		_, err = c.Write([]byte(message))
		require.NoError(t, err)
		require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
		back := make([]byte, 8)
		n, err := c.Read(back)
		require.NoError(t, err)
		require.Equal(t, message, string(back[:n]))
	}
	_, err = net.Dial("tcp", addr)
	require.Error(t, err, "a client that connects is refused")
	p.cancel()
	require.Equal(t, terminal.OK, p.end())
	for _, row := range []string{
		`Send it datagrams from another terminal:`,
		`client 1      │── datagram "one" ─+▶│ +\d+\.\dms`,
		`client 1      │◀─+ datagram "one" ──│ +\d+\.\dms`,
		`client 2      │◀─+ datagram "" ──│ +\d+\.\dms`,
		`\n\n  Ctrl-C\. The packet conn is closed, and its context is canceled\.\n  The reference returned nil\.\n$`,
	} {
		require.Regexp(t, regexp.MustCompile(row), p.screen.String())
	}
}

// TestPlayNeedsTheUDPPort: another program may have the port that kata told.
func TestPlayNeedsTheUDPPort(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	taken, err := net.ListenPacket("udp", ln.Addr().String())
	if err == nil { // else another one has it
		defer taken.Close()
	}
	s := newShow(Options{}, ln, find(t, "udpecho"), judge.Candidate{})
	s.ready.Packet = true
	require.ErrorContains(t, s.stepBetween(), "is in use: stop the program that uses it")
}
