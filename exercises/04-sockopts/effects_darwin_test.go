package sockopts_test

import (
	"net"
	"time"

	"golang.org/x/sys/unix"

	sockopts "socketkata/exercises/04-sockopts"
	"socketkata/harness/peer"
)

const (
	keepIdle    = unix.TCP_KEEPALIVE
	userTimeout = time.Duration(0) // macOS does not have it
)

func onlyWithUserTimeout(b *peer.Bench) {
	b.Helper()
	b.Skip("only Linux has UserTimeout")
}

func onlyWithTCPInfo(b *peer.Bench) {
	b.Helper()
	b.Skip("the test knows only on Linux what a conn has sent")
}

func userTimeoutOf(int) time.Duration { return 0 }

func setUserTimeout(net.Conn, time.Duration) {}

// refusesYear accepts any result: macOS has no limit for the time of keepalive.
func refusesYear(*peer.Bench, error) {}

func closesUntuned(*peer.Bench, sockopts.Options) {}

func segments(net.Conn) int { return 0 }

func isProbed(net.Conn) bool { return true }

func waitsForWindow(net.Conn) bool { return true }

func unread(net.Conn) int { return 0 }

func unsent(net.Conn) int { return 0 }

func spreadClients(b *peer.Bench, _ string) {
	b.Helper()
	b.Skip("only Linux spreads clients over the listeners of a port")
}
