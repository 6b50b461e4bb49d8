package harness_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	udpecho "socketkata/solutions/08-udpecho"
	chat "socketkata/solutions/10-chat"
	relay "socketkata/solutions/11-relay"
)

// A program is one that others wrote, while it runs.
type program struct {
	*testing.T
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.Reader
	got  string // what it has printed and nobody has asked for yet
}

// start starts a program for as long as the test runs, or skips the test if it is
// not installed.
func start(t *testing.T, name string, args ...string) *program {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	version := client{version: []string{"--version"}}
	if i := slices.IndexFunc(clients, func(c client) bool { return c.name == name }); i >= 0 {
		version = clients[i]
	}
	t.Log(version.who(t, path))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // turns a hang into a message
	p := &program{T: t, name: name, cmd: exec.CommandContext(ctx, path, args...)}
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	p.out, err = p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { cancel(); p.cmd.Wait() })
	return p
}

// says gives the program a line to send.
func (p *program) says(line string) {
	p.Helper()
	_, err := io.WriteString(p.in, line+"\n")
	require.NoError(p, err)
}

// prints waits until the program has printed a line, and drops what came before.
func (p *program) prints(want string) {
	p.Helper()
	for part := make([]byte, 4096); ; {
		if _, rest, found := strings.Cut(p.got, want+"\n"); found {
			p.got = rest
			return
		}
		n, err := p.out.Read(part)
		p.got += plain(part[:n])
		require.NoError(p, err, "%s ended before it printed %q; its last words: %q", p.name, want, p.got)
	}
}

// TestRealGuests has four programs chat in one room of the reference of 10-chat.
func TestRealGuests(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	hub := &chat.Hub{Queue: 10, WriteTimeout: time.Minute, MaxLine: 100}
	served := make(chan error, 1)
	go func() { served <- hub.Serve(ln) }()
	var room []*program
	var names []string
	for _, c := range clients {
		if _, err := exec.LookPath(c.name); err != nil {
			t.Log(c.name + " is not installed")
			continue
		}
		guest := start(t, c.name, c.arguments(ln.Addr().String())...)
		guest.says(c.name)
		for _, other := range room {
			other.prints("* " + c.name + " joined")
		}
		room, names = append(room, guest), append(names, c.name)
		guest.prints("* here: " + strings.Join(slices.Sorted(slices.Values(names)), ", "))
	}
	for i, guest := range room {
		guest.says("line 4 is late")
		for j, other := range room {
			if i != j {
				other.prints(names[i] + ": line 4 is late")
			}
		}
	}
	for i, guest := range room {
		require.NoError(t, guest.in.Close())
		for _, other := range room[i+1:] {
			other.prints("* " + names[i] + " left")
		}
	}
	require.NoError(t, hub.Close())
	require.NoError(t, <-served)
}

// TestRealClientsThroughRelay has programs talk to an echo server that others
// wrote, through the reference of 11-relay: the same conversation as without it.
func TestRealClientsThroughRelay(t *testing.T) {
	t.Parallel()
	back := server{name: "socat", command: []string{"socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork,backlog=128", "EXEC:cat"}}.start(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- relay.Serve(ctx, ln, func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", back)
		}, time.Minute)
	}()
	talkAll(t, ln.Addr().String())
	cancel()
	require.ErrorIs(t, <-served, context.Canceled)
}

// TestRealDatagrams has the reference of 08-udpecho meet Python's UDP server, and
// two programs its server.
func TestRealDatagrams(t *testing.T) {
	t.Parallel()
	t.Run("python3", func(t *testing.T) {
		t.Parallel()
		back := server{name: "socketserver", command: []string{"python3", "-c", "import socketserver\n" +
			"class H(socketserver.BaseRequestHandler):\n    def handle(self):\n        d, s = self.request\n        s.sendto(d, self.client_address)\n" +
			"s = socketserver.ThreadingUDPServer(('127.0.0.1', 0), H)\nprint('127.0.0.1:%d' % s.server_address[1], flush=True)\ns.serve_forever()\n"}}.start(t)
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer pc.Close()
		to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(back))
		for _, text := range []string{"line 7?", "", strings.Repeat("7", 8000)} {
			reply, err := udpecho.Client{Timeout: 10 * time.Second, Tries: 3}.Do(t.Context(), pc, to, []byte(text))
			require.NoError(t, err)
			require.Equal(t, text, string(reply))
		}
	})
	t.Run("clients", func(t *testing.T) {
		t.Parallel()
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- udpecho.Serve(ctx, pc, 100) }()
		port := fmt.Sprint(pc.LocalAddr().(*net.UDPAddr).Port)
		for _, command := range [][]string{{"nc", "-u", "127.0.0.1", port}, {"socat", "-", "UDP:127.0.0.1:" + port}} {
			t.Run(command[0], func(t *testing.T) {
				bus := start(t, command[0], command[1:]...)
				for _, line := range []string{"line 4", "line 7"} {
					bus.says(line)
					bus.prints(line)
				}
			})
		}
		cancel()
		require.NoError(t, <-served)
	})
}
