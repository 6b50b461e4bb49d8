package memnet_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"socketkata/harness/memnet"

	"github.com/google/go-cmp/cmp"
)

// A conn is what memnet.Conn and net.TCPConn have in common.
type conn interface {
	net.Conn
	CloseWrite() error
	CloseRead() error
	SetLinger(sec int) error
	SetNoDelay(bool) error
	SetKeepAlive(bool) error
	SetKeepAlivePeriod(time.Duration) error
	SetKeepAliveConfig(net.KeepAliveConfig) error
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
}

// A listener is what memnet.Listener and net.TCPListener have in common.
type listener interface {
	net.Listener
	SetDeadline(time.Time) error
}

// A network is memnet, or the kernel's loopback.
type network interface {
	listen(t *testing.T) listener
	dial(l listener) (conn, error)
	// The others wait until what was sent has arrived; the test may not go on
	// by guessing.
	awaitUnread(t *testing.T, at conn, bytes int)
	awaitFIN(t *testing.T, at conn)
	awaitEnd(t *testing.T, at conn) // by RST, or by FIN in both directions
	// awaitBlocked waits until all calls in other goroutines are blocked, where
	// that can be known.
	awaitBlocked()
}

// A script drives both ends of one conn and keeps minutes: what each call
// returned, as a class of error.
type script struct {
	t              *testing.T
	network        network
	listener       listener
	client, server conn
	minutes        []string
}

func newScript(t *testing.T, n network) *script {
	l := n.listen(t)
	t.Cleanup(func() { l.Close() })
	client, err := n.dial(l)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatalf("accept: %v", err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return &script{t: t, network: n, listener: l, client: client, server: server.(conn)}
}

func (s *script) note(format string, args ...any) {
	s.minutes = append(s.minutes, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

// who names the end in the minutes.
func (s *script) who(c conn) string {
	if c == s.client {
		return "client"
	}
	return "server"
}

// do notes the class of the error of a call that returns nothing else.
func (s *script) do(call string, err error) { s.note("%s: %s", call, class(err)) }

func (s *script) read(c conn, size int) {
	p := make([]byte, size)
	n, err := c.Read(p)
	s.note("%s reads %q %s", s.who(c), p[:n], class(err))
}

func (s *script) write(c conn, text string) {
	n, err := c.Write([]byte(text))
	s.note("%s writes %d %s", s.who(c), n, class(err))
}

// send writes what the rest of the script relies on and waits for its arrival.
func (s *script) send(from, to conn, text string) {
	s.t.Helper()
	if _, err := io.WriteString(from, text); err != nil {
		s.t.Fatalf("%s sends %q: %v", s.who(from), text, err)
	}
	s.network.awaitUnread(s.t, to, len(text))
}

// reset closes c with RST.
func (s *script) reset(c conn) {
	c.SetLinger(0)
	c.Close()
}

// errNotConn and errRefused are what memnet and Linux use; on other systems
// only memnet is tested and only its own numbers occur.
func class(err error) string {
	classes := []struct {
		err  error
		name string
	}{
		{net.ErrClosed, "net.ErrClosed"},
		{os.ErrDeadlineExceeded, "os.ErrDeadlineExceeded"},
		{io.EOF, "io.EOF"},
		{memnet.ErrReset, "ECONNRESET"},
		{memnet.ErrPipe, "EPIPE"},
		{memnet.ErrRefused, "ECONNREFUSED"},
		{memnet.ErrNotConn, "ENOTCONN"},
		{syscall.EINVAL, "EINVAL"},
	}
	if err == nil {
		return "ok"
	}
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return err.Error()
}

// A behaviour is a conversation and the minutes both networks must give.
type behaviour struct {
	name string
	run  func(s *script)
	want []string
}

func TestConnBehavesLikeTCP(t *testing.T) {
	all := slices.Concat(streamBehaviours, resetBehaviours, deadlineBehaviours, blockedBehaviours, listenerBehaviours)
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) {
			t.Run("memnet", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { b.check(t, memory{}) })
			})
			t.Run("loopback", func(t *testing.T) { b.check(t, loopback(t)) })
		})
	}
}

func (b behaviour) check(t *testing.T, n network) {
	s := newScript(t, n)
	b.run(s)
	if diff := cmp.Diff(b.want, s.minutes); diff != "" {
		t.Errorf("minutes differ (-want +got):\n%s", diff)
	}
}

// memory is memnet as a network. Everything arrives at once there, so waiting
// for an arrival is checking it.
type memory struct{}

func (memory) listen(*testing.T) listener { return memnet.Listen() }

func (memory) dial(l listener) (conn, error) {
	c, err := l.(*memnet.Listener).Dial()
	if err != nil {
		return nil, err // not a nil *Conn in an interface
	}
	return c, nil
}

func (memory) awaitUnread(t *testing.T, at conn, bytes int) {
	if got := memnet.Peer(at.(*memnet.Conn)).PeerUnread(); got != bytes {
		t.Fatalf("%d bytes are unread, want %d", got, bytes)
	}
}

func (memory) awaitFIN(*testing.T, conn) {}
func (memory) awaitEnd(*testing.T, conn) {}

// awaitBlocked works in a bubble alone.
func (memory) awaitBlocked() { synctest.Wait() }
