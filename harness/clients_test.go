package harness_test

import (
	"context"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/peer"
	echo "socketkata/solutions/05-echo"
)

// A client is a program that others wrote. It gets bytes to send on its
// standard input and prints what it receives.
type client struct {
	name    string
	version []string // arguments with which it says who it is
	family  string   // a word of that; the program has namesakes
	connect []string // arguments with which it connects, before the address
	joined  string   // "" if host and port are arguments of their own
	whole   bool     // at the end of its input it half-closes and waits for the rest
}

var clients = []client{
	{name: "nc", version: []string{"-h"}, family: "OpenBSD", connect: []string{"-N"}, whole: true},
	{name: "ncat", version: []string{"--version"}, family: "Ncat", whole: true},
	{name: "socat", version: []string{"-V"}, family: "socat", connect: []string{"-t", "30", "-"}, joined: "TCP:", whole: true},
	{name: "telnet", version: []string{"--version"}},
}

// TestRealClients has programs that know nothing of this repository talk to
// the reference of 05-echo. Each says its version, or is skipped by name.
func TestRealClients(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- echo.Serve(ln) }()
	talkAll(t, ln.Addr().String())
	require.NoError(t, ln.Close())
	require.NoError(t, <-served, "the server outlived its clients")
}

// talkAll has each program talk to an echo server.
func talkAll(t *testing.T, addr string) {
	t.Run("clients", func(t *testing.T) {
		for _, c := range clients {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				path, err := exec.LookPath(c.name)
				if err != nil {
					t.Skip(c.name + " is not installed")
				}
				t.Log(c.who(t, path))
				c.talk(t, path, addr)
			})
		}
	})
}

// who returns the first line of what the program says of itself. It skips the
// test if it is another program of that name.
func (c client) who(t *testing.T, path string) string {
	t.Helper()
	out, _ := exec.CommandContext(t.Context(), path, c.version...).CombinedOutput() // some exit with 1 after it
	if !strings.Contains(string(out), c.family) {
		t.Skipf("this %s is not that of %s", c.name, c.family)
	}
	for line := range strings.Lines(string(out)) {
		if strings.ContainsFunc(line, func(r rune) bool { return r >= '0' && r <= '9' }) {
			return strings.TrimSpace(line)
		}
	}
	return path
}

// arguments returns those with which the program connects to an address.
func (c client) arguments(addr string) []string {
	if c.joined != "" {
		return append(slices.Clone(c.connect), c.joined+addr)
	}
	host, port, _ := net.SplitHostPort(addr)
	return append(slices.Clone(c.connect), host, port)
}

// talk has the program send a line and wait for it. One that half-closes gets a
// long text after it, which must come back whole.
func (c client) talk(t *testing.T, path, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // turns a hang into a message
	defer cancel()
	cmd := exec.CommandContext(ctx, path, c.arguments(addr)...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	text := "hello\n"
	if c.whole {
		text += peer.Numbered(1 << 20)
	}
	go func() {
		io.WriteString(in, text)
		if c.whole {
			in.Close()
		}
	}()
	var got []byte
	for p := make([]byte, 64<<10); err == nil && (c.whole || !strings.HasSuffix(plain(got), "hello\n")); {
		var n int
		n, err = out.Read(p)
		got = append(got, p[:n]...)
	}
	in.Close()
	if c.whole {
		require.True(t, text == string(got), "%d of %d bytes came back, or others", len(got), len(text))
		require.NoError(t, cmd.Wait())
		return
	}
	require.Contains(t, plain(got), "hello\n")
	cmd.Wait() // it says "closed by foreign host", or nothing
}

// plain is what a program printed, with line ends of whatever kind.
func plain(printed []byte) string { return strings.ReplaceAll(string(printed), "\r", "") }
