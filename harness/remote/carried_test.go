//go:build unix

package remote

import (
	"io/fs"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAddressesCross(t *testing.T) {
	start(t)
	for _, text := range []string{"1.2.3.4:5", "[fe80::1%eth0]:6", "[::ffff:1.2.3.4]:7"} {
		p := netip.MustParseAddrPort(text)
		a, n := p.Addr(), net.Addr(net.UDPAddrFromAddrPort(p))
		var a2 netip.Addr
		var p2 netip.AddrPort
		var n2 net.Addr
		var same bool
		call("sameAddrs", []any{&a, &p, &n}, []any{&a2, &p2, &n2, &same})
		require.Equal(t, a, a2)
		require.Equal(t, p, p2)
		require.Equal(t, n, n2)
		require.True(t, same, "the subject has a *net.UDPAddr")
	}
	// The zero values, and a port without an address.
	p, n := netip.AddrPortFrom(netip.Addr{}, 9), net.Addr(nil)
	a, a2, p2, n2, same := netip.Addr{}, netip.IPv6Loopback(), netip.AddrPort{}, net.Addr(&net.UDPAddr{}), true
	call("sameAddrs", []any{&a, &p, &n}, []any{&a2, &p2, &n2, &same})
	require.Equal(t, netip.Addr{}, a2)
	require.Equal(t, p, p2)
	require.Nil(t, n2)
}

func TestPointersCrossAsCopies(t *testing.T) {
	start(t)
	yes, n := true, 6
	s := settings{NoDelay: &yes, Size: &n, KeepAlive: &net.KeepAliveConfig{Enable: true, Idle: time.Minute}, From: netip.MustParseAddrPort("[::1]:1")}
	p := &settings{}
	var s2 settings
	var p2 *settings
	call("bump", []any{&s, &p}, []any{&s2, &p2})
	require.Equal(t, 7, *s2.Size)
	require.Equal(t, 6, n, "the caller's own is untouched")
	require.Equal(t, s.KeepAlive, s2.KeepAlive)
	require.Equal(t, s.From, s2.From)
	require.True(t, *s2.NoDelay)
	require.Equal(t, 7, *p2.Size)
	s, p = settings{}, nil
	call("bump", []any{&s, &p}, []any{&s2, &p2})
	require.Equal(t, settings{}, s2, "nil stays nil")
	require.Nil(t, p2)
	m, m2 := fs.FileMode(0o640), fs.FileMode(0)
	call("mode", []any{&m}, []any{&m2})
	require.Equal(t, m|fs.ModeSocket, m2)
}

func TestTextsArriveByteByByte(t *testing.T) {
	start(t)
	for _, text := range []string{"", "caf\u00e9", "\xff\x00 is no UTF-8"} {
		got := "?"
		call("same", []any{&text}, []any{&got})
		require.Equal(t, text, got)
	}
	text := "\xff"
	require.Panics(t, func() { call("mode", []any{&text}, []any{new(fs.FileMode)}) }, "a text does not become a number")
}

// TestLostFieldIsRefused: nothing silently arrives as zero, in either
// direction.
func TestLostFieldIsRefused(t *testing.T) {
	start(t)
	var out sealed
	in := sealed{Open: 1, hidden: 1}
	require.PanicsWithValue(t, "harness: the call of twice cannot cross to another process: a remote.sealed cannot cross: its field hidden is not exported and would be lost",
		func() { call("twice", []any{&in}, []any{&out}) })
	in.hidden = 0
	require.PanicsWithValue(t, "harness: the call of twice cannot cross to another process: a remote.sealed cannot cross: its field hidden is not exported and would be lost",
		func() { call("twice", []any{&in}, []any{&out}) })
	m := map[string]int{}
	require.PanicsWithValue(t, "harness: the call of mode cannot cross to another process: a map[string]int cannot cross",
		func() { call("mode", []any{&m}, nil) })
	c := syscall.Conn(struct{ syscall.Conn }{})
	require.Panics(t, func() { call("inspect", []any{&c}, []any{new(bool), new(error)}) })
	text := "no mode"
	require.Panics(t, func() { call("mode", []any{&text}, []any{new(fs.FileMode)}) }, "a text does not become a number")
}
